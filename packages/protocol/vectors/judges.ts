import {
  checkWork,
  decodeBase64url,
  encodeBase64url,
  equalBytes,
  hasDemandedProof,
  instanceId,
  isChallengeInTime,
  type Platform,
  type Proof,
  parseChallenge,
  parseStatement,
  type Statement,
  statementHash,
  statementMessage,
} from "@countersign/protocol";
import { checkChallengeMac, sha256, verifyEs256 } from "@countersign/protocol/server";

/** What a service knows when it judges a challenge. */
export interface ChallengeContext {
  readonly project: Uint8Array;
  readonly serviceSeed: Uint8Array;
  readonly generation: number;
  readonly nowMs: number;
}

/** Section 7 step 4 without the ledger: format, work, MAC, time. */
export function judgeChallenge(
  challenge: string | Uint8Array,
  scope: Uint8Array,
  work: Uint8Array | null,
  context: ChallengeContext,
): string {
  const fields = parseChallenge(challenge);
  if (!fields.ok) return fields.code;
  const { project, serviceSeed: seed } = context;
  if (fields.value.generation !== context.generation) return "challenge_invalid";
  if (!checkWork(sha256, fields.value, work)) return "challenge_invalid";
  if (!checkChallengeMac(fields.value.bytes, { project, scope, seed })) return "challenge_invalid";
  return isChallengeInTime(fields.value, context.nowMs) ? "ok" : "challenge_expired";
}

/** The instance a statement is expected to come from. */
export interface KnownInstance {
  readonly platform: Platform;
  readonly attestedKey: Uint8Array;
  readonly instanceKey: Uint8Array;
  /** SHA-256 of the App ID; iOS. */
  readonly rpIdHash: Uint8Array;
  /** The greatest counter seen; iOS. */
  readonly counter: number;
}

// CBOR of `{signature: bytes, authenticatorData: bytes}` in Apple's order, with a DER signature of 70 to 72 bytes and 37 bytes of data.
const head = new Uint8Array([0xa2, 0x69, ...Buffer.from("signature"), 0x58]);
const middle = new Uint8Array([0x71, ...Buffer.from("authenticatorData"), 0x58, 37]);

/** An App Attest assertion as Apple makes it. */
export function assertionOf(
  signDer: (message: Uint8Array) => Uint8Array,
  rpIdHash: Uint8Array,
  counter: number,
  clientDataHash: Uint8Array,
): Uint8Array {
  const authenticatorData = Buffer.concat([rpIdHash, Buffer.from([0x40, 0, 0, 0, counter])]);
  const signature = signDer(sha256(Buffer.concat([authenticatorData, clientDataHash])));
  return new Uint8Array(Buffer.concat([head, Buffer.from([signature.length]), signature, middle, authenticatorData]));
}

/** DER `SEQUENCE { r, s }` to 64 bytes; null where it is not minimal. */
function fromDer(der: Uint8Array): Uint8Array | null {
  const raw = new Uint8Array(64);
  let at = 2;
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return null;
  for (const end of [32, 64]) {
    const length = der[at + 1] ?? 0;
    const digits = der.slice(at + 2, at + 2 + length);
    if (der[at] !== 2 || length === 0 || digits.length !== length || (digits[0] ?? 0) > 127) return null;
    if (digits[0] === 0 && (digits[1] ?? 0) < 128) return null;
    const trimmed = digits[0] === 0 ? digits.slice(1) : digits;
    if (trimmed.length > 32) return null;
    raw.set(trimmed, end - trimmed.length);
    at += 2 + length;
  }
  return at === der.length ? raw : null;
}

function judgeAssertion(assertion: Uint8Array, known: KnownInstance, hash: Uint8Array): string {
  const length = assertion[head.length] ?? 0;
  const start = head.length + 1;
  const data = start + length + middle.length;
  const isFramed =
    equalBytes(assertion.slice(0, head.length), head) &&
    equalBytes(assertion.slice(start + length, data), middle) &&
    assertion.length === data + 37;
  const signature = isFramed ? fromDer(assertion.slice(start, start + length)) : null;
  const authenticatorData = assertion.slice(data);
  if (signature === null || !equalBytes(authenticatorData.slice(0, 32), known.rpIdHash)) return "proof_invalid";
  if (authenticatorData[32] !== 0x40) return "proof_invalid";
  const nonce = sha256(new Uint8Array([...authenticatorData, ...hash]));
  if (!verifyEs256(known.attestedKey, nonce, signature)) return "proof_invalid";
  const counter = new DataView(authenticatorData.buffer, authenticatorData.byteOffset).getUint32(33);
  return counter > known.counter ? "ok" : "counter_stale";
}

/** Statement members against the project and the instance: sections 5 and 7, steps 2 to 5 of a session, 2 to 5' of an enrolment. */
function judgeStatement(
  statement: Statement,
  known: KnownInstance,
  context: ChallengeContext,
  use: "enrol" | "session",
): string {
  if (statement.use !== use) return "malformed";
  const isProject = statement.project === encodeBase64url(context.project);
  if (!isProject || statement.environment !== "production") return "unknown_project";
  const instance = instanceId(sha256, context.project, known.attestedKey);
  const work = statement.work === undefined ? null : decodeBase64url(statement.work, 8);
  const challenge = judgeChallenge(statement.challenge, instance, work, context);
  if (challenge !== "ok") return challenge;
  const isKnown =
    statement.platform === known.platform &&
    statement.instance === encodeBase64url(instance) &&
    statement.instanceKey === encodeBase64url(known.instanceKey);
  if (!isKnown) return use === "enrol" ? "malformed" : "credential_invalid";
  return "ok";
}

/** Sections 5 and 7: statement, then proof. The ledger's part of it is the greatest counter seen. */
export function judgeProvenStatement(
  bytes: Uint8Array,
  proof: Proof,
  use: "enrol" | "session",
  known: KnownInstance,
  context: ChallengeContext,
): string {
  const statement = parseStatement(bytes);
  if (!statement.ok) return statement.code;
  const judged = judgeStatement(statement.value, known, context, use);
  if (judged !== "ok") return judged;
  if (!hasDemandedProof(proof, known.platform, use)) return "proof_invalid";
  const { signature, assertion } = proof;
  if (signature !== undefined && !verifyEs256(known.instanceKey, statementMessage(bytes), signature))
    return "proof_invalid";
  return assertion === undefined ? "ok" : judgeAssertion(assertion, known, statementHash(sha256, bytes));
}
