import { createSecretKey } from "node:crypto";
import { decoySecretOf } from "@countersign/protocol/server";
import type { ProjectContext } from "../project/project-context.ts";

/** The project with K("decoy" ∥ api) in the place of every key that signs tokens; kid and algorithm stay. It gives no key but for HS256. */
export function withDecoyKeys(context: ProjectContext): ProjectContext {
  const seed = context.seeds[0].seed.reveal();
  return {
    ...context,
    tokenKeyOf: (api, nowMs) => {
      const key = context.tokenKeyOf(api, nowMs);
      if (key?.alg !== "HS256") return null;
      return { ...key, key: createSecretKey(decoySecretOf(seed, context.projectId, api)) };
    },
    verificationKeysOf: () => [],
    attesterKey: () => null,
  };
}
