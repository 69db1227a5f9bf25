import { decodeBase64url } from "./base64url.ts";
import { concatBytes, readU16, readU48, type Sha256 } from "./bytes.ts";
import * as limits from "./limits.ts";
import { invalid, type Parsed, parsed } from "./parsed.ts";
import { tag } from "./tag.ts";

export type ChallengeKind = "open" | "continuing";

/** The fields of a challenge's 60 bytes. Nothing of it has been verified: the MAC is the service's to check. */
export interface ChallengeFields {
  readonly kind: ChallengeKind;
  /** Generation of the service seed. */
  readonly generation: number;
  readonly workBits: number;
  readonly issuedAtMs: number;
  readonly lifetimeSeconds: number;
  readonly nonce: Uint8Array;
  readonly mac: Uint8Array;
  /** All 60. */
  readonly bytes: Uint8Array;
}

/** Reads a challenge from its 80 characters or 60 bytes. Code: `challenge_invalid`. */
export function parseChallenge(input: string | Uint8Array): Parsed<ChallengeFields> {
  const bytes = typeof input === "string" ? (input.length === 80 ? decodeBase64url(input, 60) : null) : input;
  if (bytes === null || bytes.length !== 60) return invalid("challenge_invalid", "challenge is not 60 bytes");
  const [version, kind = 0, generation = 0, workBits = 0] = bytes;
  if (version !== 1) return invalid("challenge_invalid", "challenge is of another version");
  if (kind > 1) return invalid("challenge_invalid", "challenge is of an unknown kind");
  if (workBits > limits.workBits) return invalid("challenge_invalid", "challenge asks for too much work");
  return parsed({
    kind: kind === 0 ? "open" : "continuing",
    generation,
    workBits,
    issuedAtMs: readU48(bytes, 4),
    lifetimeSeconds: readU16(bytes, 10),
    nonce: bytes.slice(12, 28),
    mac: bytes.slice(28),
    bytes: bytes.slice(),
  });
}

/** What the MAC of a challenge covers. `scope` is the raw instance id of a continuing challenge, 16 zeros of an open one. */
export function challengeMacInput(projectId: Uint8Array, scope: Uint8Array, first28: Uint8Array): Uint8Array {
  return concatBytes(tag("challenge"), projectId, scope, first28);
}

/** `issuedAtMs - 5000 <= now < issuedAtMs + lifetime*1000 + 5000` */
export function isChallengeInTime(fields: ChallengeFields, nowMs: number): boolean {
  const tolerance = limits.clockToleranceMs;
  return (
    fields.issuedAtMs - tolerance <= nowMs && nowMs < fields.issuedAtMs + fields.lifetimeSeconds * 1000 + tolerance
  );
}

/** The challenge that evidence was made over: open, and at most 3600 s old whatever its own lifetime (section 5). */
export function isEvidenceChallengeInTime(fields: ChallengeFields, nowMs: number): boolean {
  const tolerance = limits.clockToleranceMs;
  const lifetimeMs = limits.evidenceChallengeSeconds * 1000;
  return (
    fields.kind === "open" &&
    fields.issuedAtMs - tolerance <= nowMs &&
    nowMs < fields.issuedAtMs + lifetimeMs + tolerance
  );
}

/** What the work of a statement is hashed over: `tag("work") ∥ challenge(60) ∥ work(8)`. */
export function workInput(challenge: Uint8Array, work: Uint8Array): Uint8Array {
  return concatBytes(tag("work"), challenge, work);
}

/** True where the hash of the work begins with as many zero bits as the challenge demands. Zero bits demand nothing. */
export function checkWork(sha256: Sha256, challenge: ChallengeFields, work: Uint8Array | null): boolean {
  if (challenge.workBits === 0) return true;
  if (work === null || work.length !== 8) return false;
  const hash = sha256(workInput(challenge.bytes, work));
  for (let bit = 0; bit < challenge.workBits; bit += 1) {
    if ((((hash[bit >> 3] ?? 255) >> (7 - (bit & 7))) & 1) !== 0) return false;
  }
  return true;
}
