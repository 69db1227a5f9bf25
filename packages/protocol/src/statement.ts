import { concatBytes, type Sha256 } from "./bytes.ts";
import type { Environment } from "./configuration-string.ts";
import { parseCustomClaims } from "./custom-claims.ts";
import * as limits from "./limits.ts";
import { idPattern, wordPattern } from "./names.ts";
import type { Parsed } from "./parsed.ts";
import { parseStrictJson } from "./strict-json.ts";
import { tag } from "./tag.ts";
import { readShape, type ValueReader } from "./value-reader.ts";

export type Platform = "ios" | "android" | "web";

export interface SeenSignal {
  readonly name: string;
  readonly count: number;
  readonly ageSeconds: number;
  readonly detail?: string;
}

/** The exact content an instance signs, as it travels: binary members are b64u text whose length was checked. */
export interface Statement {
  readonly v: 1;
  readonly use: "enrol" | "session";
  readonly project: string;
  readonly environment: Environment;
  /** At most 80 characters; read it with `parseChallenge`, whose refusal has its own code. */
  readonly challenge: string;
  readonly platform: Platform;
  /** Claims, never facts. */
  readonly app: { readonly id: string; readonly version: string; readonly build: string; readonly bundle?: string };
  readonly sdk: string;
  /** b64u of 16 bytes. */
  readonly instance: string;
  /** b64u of a 65-byte point on the curve. */
  readonly instanceKey: string;
  /** b64u of 32 bytes. */
  readonly sessionKey: string;
  readonly signals: { readonly detectors: Readonly<Record<string, number>>; readonly seen: readonly SeenSignal[] };
  readonly asks: {
    readonly tokens: readonly { readonly api: string; readonly bind?: string }[];
    readonly secrets: readonly string[];
    readonly clientAttestations: readonly { readonly clientId: string }[];
    /** Tokens with claims of the app's own, at most one for each API; `claims` is the JSON text of an object. */
    readonly customTokens?: readonly { readonly api: string; readonly claims: string }[];
    /** Whether the keys of app-instance values are asked for. */
    readonly valuesKeys?: boolean;
  };
  /** What configuration the agent holds; 0 where it holds none. */
  readonly holds: { readonly keys: number; readonly manifestEpoch: number; readonly manifest: number };
  /** b64u of 8 bytes, where the challenge asks for work. */
  readonly work?: string;
}

const max = Number.MAX_SAFE_INTEGER;
const id = { max: limits.nameCharacters, pattern: idPattern };
const word = { max: limits.nameCharacters, pattern: wordPattern };
const claim = { max: limits.claimCharacters, min: 1 };

function readSeen(seen: ValueReader): SeenSignal {
  const detail = seen.optional("detail");
  return {
    name: seen.member("name").string(word),
    count: seen.member("count").integer(0, max),
    ageSeconds: seen.member("ageSeconds").integer(0, max),
    ...(detail === null ? {} : { detail: detail.string({ max: limits.detailCharacters }) }),
  };
}

function readCustomToken(asked: ValueReader): { readonly api: string; readonly claims: string } {
  const text = asked.member("claims");
  const claims = text.string({ max: limits.customClaimsBytes, pattern: /^/ });
  if (!parseCustomClaims(claims).ok) text.fail("is not the text of a small JSON object");
  return { api: asked.member("api").string(id), claims };
}

function readAsks(asks: ValueReader): Statement["asks"] {
  const custom = asks.optional("customTokens");
  const valuesKeys = asks.optional("valuesKeys");
  return {
    tokens: asks.member("tokens").list({ max: limits.asksTokens }, (token) => {
      const bind = token.optional("bind");
      return { api: token.member("api").string(id), ...(bind === null ? {} : { bind: bind.bytesText(32) }) };
    }),
    secrets: asks.member("secrets").list({ max: limits.asksSecrets }, (secret) => secret.string(id)),
    clientAttestations: asks.member("clientAttestations").list({ max: limits.asksClientAttestations }, (asked) => ({
      clientId: asked.member("clientId").string({ max: limits.clientIdCharacters, min: 1 }),
    })),
    ...(custom === null
      ? {}
      : { customTokens: custom.list({ min: 1, max: limits.asksCustomTokens }, readCustomToken) }),
    ...(valuesKeys === null ? {} : { valuesKeys: valuesKeys.boolean() }),
  };
}

function readApp(app: ValueReader): Statement["app"] {
  const bundle = app.optional("bundle");
  return {
    id: app.member("id").string(id),
    version: app.member("version").string(claim),
    build: app.member("build").string(claim),
    ...(bundle === null ? {} : { bundle: bundle.bytesText(32) }),
  };
}

function readStatement(root: ValueReader): Statement {
  const work = root.optional("work");
  const signals = root.member("signals");
  const holds = root.member("holds");
  return {
    v: 1,
    use: root.member("use").oneOf(["enrol", "session"]),
    project: root.member("project").bytesText(16),
    environment: root.member("environment").oneOf(["production", "development"]),
    challenge: root.member("challenge").string({ max: 80 }),
    platform: root.member("platform").oneOf(["ios", "android", "web"]),
    app: readApp(root.member("app")),
    sdk: root.member("sdk").string(claim),
    instance: root.member("instance").bytesText(16),
    instanceKey: root.member("instanceKey").pointText(),
    sessionKey: root.member("sessionKey").bytesText(32),
    signals: {
      detectors: signals
        .member("detectors")
        .map({ max: limits.detectors, name: wordPattern }, (revision) => revision.integer(0, max)),
      seen: signals.member("seen").list({ max: limits.signals }, readSeen),
    },
    asks: readAsks(root.member("asks")),
    holds: {
      keys: holds.member("keys").integer(0, max),
      manifestEpoch: holds.member("manifestEpoch").integer(0, max),
      manifest: holds.member("manifest").integer(0, max),
    },
    ...(work === null ? {} : { work: work.bytesText(8) }),
  };
}

/** Reads a statement of at most 8 KiB. Nothing of it has been verified. Codes: `too_large`, `malformed`, `unsupported_version`. */
export function parseStatement(bytes: Uint8Array): Parsed<Statement> {
  const json = parseStrictJson(bytes, { maxBytes: limits.statementBytes });
  return json.ok ? readShape(json.value, readStatement) : json;
}

/** `M = tag("statement") ∥ statementBytes`: what the proof signs. */
export function statementMessage(bytes: Uint8Array): Uint8Array {
  return concatBytes(tag("statement"), bytes);
}

/** `H = SHA-256(M)`: App Attest's clientDataHash, and what the answer is bound to. */
export function statementHash(sha256: Sha256, bytes: Uint8Array): Uint8Array {
  return sha256(statementMessage(bytes));
}

/** What is hashed to App Attest's clientDataHash at key attestation: `tag("key") ∥ challenge(60) ∥ instanceKey(65)`. */
export function appleKeyHashInput(challenge: Uint8Array, instanceKey: Uint8Array): Uint8Array {
  return concatBytes(tag("key"), challenge, instanceKey);
}

/** What is hashed to Android's attestation challenge: `tag("key") ∥ challenge(60)`. */
export function androidKeyHashInput(challenge: Uint8Array): Uint8Array {
  return concatBytes(tag("key"), challenge);
}

/** What the old instance key signs at a re-enrolment: `tag("previous") ∥ H`. */
export function previousInput(hash: Uint8Array): Uint8Array {
  return concatBytes(tag("previous"), hash);
}
