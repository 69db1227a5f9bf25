import type { ServiceResponse } from "@countersign/client";
import { utf8 } from "../encoding/bytes.ts";
import { agentOutcome, createInterceptor, type Interceptor, refreshCode, replaceMembers } from "./agent-attack.ts";
import type { Attack, AttackOutcome } from "./attack.ts";
import type { AttackLab, Middleman } from "./lab.ts";

export const oldManifest: Attack = {
  name: "old-manifest",
  platform: "android",
  attack: "Someone in the network replaces each new manifest by an older one of the same service, signature and all.",
  expected: { kind: "agent_error", code: "service_untrusted" },
  run: (lab) => withOld("manifest", lab, () => lab.publishManifest()),
};

export const oldKeyList: Attack = {
  name: "old-key-list",
  platform: "android",
  attack: "Someone in the network replaces a new key list by the older one, to keep a withdrawn key alive.",
  expected: { kind: "agent_error", code: "service_untrusted" },
  run: (lab) => withOld("keys", lab, () => lab.publishKeyList()),
};

async function withOld(
  part: "manifest" | "keys",
  lab: AttackLab,
  publish: () => Promise<void>,
): Promise<AttackOutcome> {
  const interceptor: Interceptor = createInterceptor();
  let recorded: unknown;
  interceptor.setWay(async (request, forward) => {
    const response = await forward(request);
    recorded ??= memberOf(response, part);
    return response;
  });
  const agent = await lab.createAgent(lab.pixel(), { middleman: interceptor.middleman });
  try {
    await agent.start();
    await agent.refresh("before the attack");
    if (recorded === undefined) throw new Error(`the first answer brought no ${part}`);
    await publish();
    let replays = 0;
    interceptor.setWay(replaying(part, recorded, () => (replays += 1)));
    const code = await refreshCode(agent);
    if (replays === 0) throw new Error(`no answer brought a ${part} to replace`);
    interceptor.setWay(null);
    await agent.refresh("after the attack");
    return agentOutcome(code, interceptor);
  } finally {
    agent.stop();
  }
}

/** Puts the old envelope in the place of every new one, in answers and where the manifest is fetched. */
function replaying(part: "manifest" | "keys", old: unknown, onReplay: () => void): Middleman {
  return async (request, forward) => {
    const response = await forward(request);
    if (part === "manifest" && request.path.startsWith("/v1/manifest/")) {
      onReplay();
      return { ...response, status: 200, body: utf8(JSON.stringify(old)) };
    }
    if (memberOf(response, "signed") === undefined) return response;
    onReplay();
    return replaceMembers(response, { [part]: old });
  };
}

function memberOf(response: ServiceResponse, name: string): unknown {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(response.body).toString());
    return typeof parsed === "object" && parsed !== null
      ? (parsed as Readonly<Record<string, unknown>>)[name]
      : undefined;
  } catch {
    return undefined;
  }
}
