import { decodeBase64url, encodeBase64url, isPoint, parseStatement, toUtf8 } from "@countersign/protocol";
import { noNeeds } from "../statement/asks.ts";
import { buildStatement } from "../statement/build-statement.ts";
import { noTrust } from "../trust/trust.ts";
import { type Bench, demand, type MadeKey } from "./check.ts";

export function bytesOf(text: unknown, what: string): Uint8Array {
  const bytes = typeof text === "string" ? decodeBase64url(text) : null;
  demand(bytes !== null, `${what} is no base64url`);
  return bytes;
}

/**
 * The keys that the checks share: each is made when it is first asked for, since a phone's vendor counts the keys of a device, and all are
 * forgotten at the end.
 */
export function createKeys(bench: Pick<Bench, "bridge" | "configuration" | "random">): {
  readonly key: () => Promise<MadeKey>;
  readonly otherKey: () => Promise<MadeKey>;
  readonly forgetAll: () => Promise<void>;
} {
  const { bridge, configuration, random } = bench;
  const aliases: string[] = [];
  const make = async (): Promise<MadeKey> => {
    const alias = random(16);
    aliases.push(alias);
    const made = await bridge.enrol({ alias, project: configuration.project, challenge: random(60) });
    const point = bytesOf(made.instanceKey, "the instance key");
    demand(isPoint(point), "the instance key is no P-256 point");
    return { alias, point, made };
  };
  const once = (): (() => Promise<MadeKey>) => {
    let made: Promise<MadeKey> | null = null;
    return () => (made ??= make());
  };
  return {
    key: once(),
    otherKey: once(),
    forgetAll: async () => {
      for (const alias of aliases) await bridge.forget({ alias }).catch(() => {});
    },
  };
}

/** A statement as the agent makes it, with these members instead of its own; b64u. */
export function statementOf(
  bench: Bench,
  use: "enrol" | "session",
  point: Uint8Array,
  members: Readonly<Record<string, unknown>> = {},
): { readonly bytes: Uint8Array; readonly text: string } {
  const { configuration, identity, randomness } = bench;
  const { bytes } = buildStatement({
    use,
    configuration,
    challenge: bench.random(60),
    platform: identity.platform,
    app: { id: "native-check", version: identity.version, build: identity.build },
    instance: bench.random(16),
    instanceKey: encodeBase64url(point),
    sessionKey: randomness.bytes(32),
    detectors: {},
    seen: [],
    asks: noNeeds,
    trust: noTrust,
    work: null,
  });
  const parsed = parseStatement(bytes);
  demand(parsed.ok, "this check made no statement");
  const changed = toUtf8(JSON.stringify({ ...parsed.value, ...members }));
  return { bytes: changed, text: encodeBase64url(changed) };
}
