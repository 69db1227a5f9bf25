import { arcPattern } from "./arc.ts";
import { concatBytes } from "./bytes.ts";
import * as limits from "./limits.ts";
import { idPattern, tokenPattern } from "./names.ts";
import { invalid, type Parsed } from "./parsed.ts";
import { parseStrictJson } from "./strict-json.ts";
import { tag } from "./tag.ts";
import { toUtf8 } from "./utf8.ts";
import { readShape, type ValueReader } from "./value-reader.ts";

export interface SessionToken {
  readonly api: string;
  readonly header: string;
  readonly prefix: string;
  readonly token: string;
}

export type SessionSecret =
  | { readonly name: string; readonly version: number; readonly mode: "delivered"; readonly value: string }
  | { readonly name: string; readonly version: number; readonly mode: "brokered" };

/** A key for what the app keeps on the device, by generation of the project's seed. */
export interface ValuesKey {
  readonly generation: number;
  /** b64u of 32 bytes. */
  readonly key: string;
}

/** What a verdict buys, sealed to one answer's session key. Holds secrets: never log or store it. */
export interface SealedSession {
  /** b64u of 16 bytes. */
  readonly session: string;
  readonly verdict: "trusted" | "restricted";
  readonly arc: string;
  readonly expiresInSeconds: number;
  readonly refreshInSeconds: number;
  readonly reenrolInSeconds?: number;
  readonly credential: string;
  readonly tokens: readonly SessionToken[];
  readonly clientAttestations: readonly { readonly clientId: string; readonly jwt: string }[];
  /** What `asks.customTokens` bought, at most one for each API; absent where nothing was asked for. */
  readonly customTokens?: readonly SessionToken[];
  /** Keys of app-instance values, the one to write with first; present where they were asked for and the verdict is trusted. */
  readonly valuesKeys?: readonly ValuesKey[];
  readonly secrets: readonly SessionSecret[];
  readonly pass: string;
  /** b64u of 32 bytes. */
  readonly proofKey: string;
  /** Present where `GET /v1/watch` may be opened: what is current now, and over how long refreshes are to be spread. */
  readonly watch?: { readonly generation: number; readonly spreadSeconds: number };
}

const max = Number.MAX_SAFE_INTEGER;
const id = { max: limits.nameCharacters, pattern: idPattern };
const opaque = { max: limits.credentialCharacters, min: 1, pattern: /^[A-Za-z0-9_-]+$/ };
const compact = { max: limits.tokenCharacters, min: 1, pattern: /^[A-Za-z0-9_.~+/=-]+$/ };

function readToken(token: ValueReader): SessionToken {
  return {
    api: token.member("api").string(id),
    header: token.member("header").string({ max: 64, pattern: tokenPattern }),
    prefix: token.member("prefix").string({ max: 64 }),
    token: token.member("token").string(compact),
  };
}

function readValuesKey(key: ValueReader): ValuesKey {
  return { generation: key.member("generation").integer(0, 255), key: key.member("key").bytesText(32) };
}

function readSecret(secret: ValueReader): SessionSecret {
  const mode = secret.member("mode").oneOf(["brokered", "delivered"]);
  const common = { name: secret.member("name").string(id), version: secret.member("version").integer(1, max) };
  if (mode === "brokered") return { ...common, mode };
  return { ...common, mode, value: secret.member("value").string({ max: limits.secretValueBytes, pattern: /^/ }) };
}

function readSession(root: ValueReader): SealedSession {
  const reenrol = root.optional("reenrolInSeconds");
  const watch = root.optional("watch");
  const customTokens = root.optional("customTokens");
  const valuesKeys = root.optional("valuesKeys");
  return {
    session: root.member("session").bytesText(16),
    verdict: root.member("verdict").oneOf(["restricted", "trusted"]),
    arc: root.member("arc").string({ max: 16, pattern: arcPattern }),
    expiresInSeconds: root.member("expiresInSeconds").integer(1, limits.sessionSeconds),
    refreshInSeconds: root.member("refreshInSeconds").integer(1, limits.sessionSeconds),
    ...(reenrol === null ? {} : { reenrolInSeconds: reenrol.integer(0, max) }),
    credential: root.member("credential").string(opaque),
    tokens: root.member("tokens").list({ max: limits.asksTokens }, readToken),
    clientAttestations: root.member("clientAttestations").list({ max: limits.asksClientAttestations }, (entry) => ({
      clientId: entry.member("clientId").string({ max: limits.clientIdCharacters, min: 1 }),
      jwt: entry.member("jwt").string(compact),
    })),
    ...(customTokens === null ? {} : { customTokens: customTokens.list({ max: limits.asksCustomTokens }, readToken) }),
    ...(valuesKeys === null ? {} : { valuesKeys: valuesKeys.list({ min: 1, max: limits.valuesKeys }, readValuesKey) }),
    secrets: root.member("secrets").list({ max: limits.asksSecrets }, readSecret),
    pass: root.member("pass").string(opaque),
    proofKey: root.member("proofKey").bytesText(32),
    ...(watch === null
      ? {}
      : {
          watch: {
            generation: watch.member("generation").integer(0, max),
            spreadSeconds: watch.member("spreadSeconds").integer(0, 3600),
          },
        }),
  };
}

/** Reads the plaintext of a seal: JSON padded with spaces to a multiple of 1024 bytes. Codes: `too_large`, `malformed`. */
export function parseSealedSession(plaintext: Uint8Array): Parsed<SealedSession> {
  if (plaintext.length % limits.sessionPadBytes !== 0) return invalid("malformed", "session is not padded");
  const json = parseStrictJson(plaintext, { maxBytes: limits.sealedSessionBytes });
  return json.ok ? readShape(json.value, readSession, false) : json;
}

/** Pads with trailing spaces to the next multiple of 1024 bytes, so that lengths of secrets and tokens do not show. */
export function padSession(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(bytes.length / limits.sessionPadBytes) * limits.sessionPadBytes).fill(0x20);
  padded.set(bytes);
  return padded;
}

/** The plaintext to seal. */
export function encodeSession(session: SealedSession): Uint8Array {
  return padSession(toUtf8(JSON.stringify(session)));
}

/** HPKE's `info`: `tag("seal") ∥ H`. */
export function sealInfo(hash: Uint8Array): Uint8Array {
  return concatBytes(tag("seal"), hash);
}
