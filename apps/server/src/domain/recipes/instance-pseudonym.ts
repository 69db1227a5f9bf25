import { concatBytes, encodeBase64url, toUtf8 } from "@countersign/protocol";
import { deriveKey, hmacSha256 } from "@countersign/protocol/server";
import type { ProjectContext } from "../project/project-context.ts";

/** By what a vendor knows an instance: 22 characters of b64u that nobody but this service can make from its id, others for every secret. */
export function instancePseudonym({ seeds, projectId }: ProjectContext, secret: string, instance: string): string {
  const key = deriveKey(seeds[0].seed.reveal(), "recipe", projectId);
  const mac = hmacSha256(key, concatBytes(toUtf8(secret), new Uint8Array(1), toUtf8(instance)));
  return encodeBase64url(mac.subarray(0, 16));
}
