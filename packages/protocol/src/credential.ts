import { type Facts, readFacts } from "./facts.ts";

import * as limits from "./limits.ts";
import { idPattern } from "./names.ts";
import type { Parsed } from "./parsed.ts";
import type { Platform } from "./statement.ts";
import { parseStrictJson } from "./strict-json.ts";
import { readShape, type ValueReader } from "./value-reader.ts";

/** What the service knew of an instance at enrolment, sealed by the service to itself; facts, never a verdict. Times in seconds. */
export interface Credential {
  /** b64u of 16 bytes. */
  readonly instance: string;
  readonly platform: Platform;
  readonly app: string;
  /** b64u of 65-byte points. */
  readonly attestedKey: string;
  readonly instanceKey: string;
  /** iOS: the assertion counter when it was made; 0 elsewhere. */
  readonly counter: number;
  /** b64u of 16 bytes. */
  readonly subject: string;
  readonly evidenceAt: number;
  readonly factsVersion: number;
  readonly facts: Facts;
  readonly iat: number;
  readonly exp: number;
}

/** What the broker needs to know of a session. `exp` in seconds. */
export interface Pass {
  readonly instance: string;
  readonly subject: string;
  readonly app: string;
  readonly verdict: "trusted" | "restricted";
  /** b64u of 16 bytes. */
  readonly session: string;
  /** When it was issued: nobody saw a request under it before. */
  readonly issuedAtMs: number;
  readonly exp: number;
  /** Names of the brokered secrets. */
  readonly secrets: readonly string[];
}

const max = Number.MAX_SAFE_INTEGER;
const id = { max: limits.nameCharacters, pattern: idPattern };

function readCredential(root: ValueReader): Credential {
  return {
    instance: root.member("instance").bytesText(16),
    platform: root.member("platform").oneOf(["ios", "android", "web"]),
    app: root.member("app").string(id),
    attestedKey: root.member("attestedKey").bytesText(65),
    instanceKey: root.member("instanceKey").bytesText(65),
    counter: root.member("counter").integer(0, max),
    subject: root.member("subject").bytesText(16),
    evidenceAt: root.member("evidenceAt").integer(0, max),
    factsVersion: root.member("factsVersion").integer(0, max),
    facts: readFacts(root.member("facts")),
    iat: root.member("iat").integer(0, max),
    exp: root.member("exp").integer(0, max),
  };
}

function readPass(root: ValueReader): Pass {
  return {
    instance: root.member("instance").bytesText(16),
    subject: root.member("subject").bytesText(16),
    app: root.member("app").string(id),
    verdict: root.member("verdict").oneOf(["restricted", "trusted"]),
    session: root.member("session").bytesText(16),
    issuedAtMs: root.member("issuedAtMs").integer(0, max),
    exp: root.member("exp").integer(0, max),
    secrets: root.member("secrets").list({ max: limits.asksSecrets }, (name) => name.string(id)),
  };
}

/** Reads the plaintext of a credential. Code: `malformed`. */
export function parseCredential(bytes: Uint8Array): Parsed<Credential> {
  const json = parseStrictJson(bytes, { maxBytes: limits.credentialCharacters });
  return json.ok ? readShape(json.value, readCredential, false) : json;
}

/** Reads the plaintext of a pass. Code: `malformed`. */
export function parsePass(bytes: Uint8Array): Parsed<Pass> {
  const json = parseStrictJson(bytes, { maxBytes: limits.credentialCharacters });
  return json.ok ? readShape(json.value, readPass, false) : json;
}
