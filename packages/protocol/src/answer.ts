import { arcPattern } from "./arc.ts";
import { concatBytes } from "./bytes.ts";
import type { Environment } from "./configuration-string.ts";
import { type KeyListEnvelope, type ReceivedKeyList, readKeyListEnvelope } from "./key-list.ts";
import * as limits from "./limits.ts";
import { readManifestEnvelope } from "./manifest.ts";
import type { ManifestEnvelope, ReceivedManifest } from "./manifest-types.ts";
import { wordPattern } from "./names.ts";
import type { Parsed } from "./parsed.ts";
import { parseStrictJson } from "./strict-json.ts";
import { tag } from "./tag.ts";
import { readShape, type ValueReader } from "./value-reader.ts";

/** An answer as it travels. */
export interface SignedAnswer {
  readonly v: 1;
  readonly kid: string;
  readonly signed: string;
  readonly signature: string;
  readonly keys?: KeyListEnvelope;
  readonly manifest?: ManifestEnvelope;
}

/** An answer that was read; the signature has not been verified. */
export interface ReceivedAnswer {
  readonly kid: string;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  readonly keys: ReceivedKeyList | null;
  readonly manifest: ReceivedManifest | null;
}

/** What every signed answer says. */
export interface AnswerCommon {
  readonly v: 1;
  readonly project: string;
  readonly environment: Environment;
  readonly serverTimeMs: number;
  /** The current key list's version. */
  readonly keys: number;
  /** The current manifest of this app; version 0 where there is none. */
  readonly manifest: { readonly epoch: number; readonly version: number };
  /** A continuing challenge for the next statement; 80 characters. */
  readonly challenge: string;
}

export interface SessionAnswer extends AnswerCommon {
  readonly outcome: "session";
  /** b64u of 32 bytes. */
  readonly enc: string;
  /** b64u of the sealed session. */
  readonly sealed: string;
}

export interface RefusedAnswer extends AnswerCommon {
  readonly outcome: "refused";
  readonly arc: string;
  /** Only where the project turned reasons on. */
  readonly reasons?: readonly string[];
  /** What the user can do: install the current version. Carried also where reasons are off. */
  readonly action?: "update";
  readonly retryAfterSeconds: number;
}

/** Why the service asks for an enrolment. */
export type EnrolReason = "unknown_instance" | "evidence_too_old" | "facts_missing" | "version_changed";

export interface EnrolAnswer extends AnswerCommon {
  readonly outcome: "enrol";
  readonly reason: EnrolReason;
}

export type AnswerBody = SessionAnswer | RefusedAnswer | EnrolAnswer;

function readSignedAnswer(root: ValueReader): ReceivedAnswer {
  const keys = root.optional("keys");
  const manifest = root.optional("manifest");
  return {
    kid: root.member("kid").bytesText(8),
    signed: root.member("signed").bytes({ min: 1, max: limits.signedAnswerBytes }),
    signature: root.member("signature").bytes(64),
    keys: keys === null ? null : readKeyListEnvelope(keys),
    manifest: manifest === null ? null : readManifestEnvelope(manifest),
  };
}

/** Reads the body of an HTTP answer. Codes: `too_large`, `malformed`, `unsupported_version`. */
export function parseSignedAnswer(input: string | Uint8Array): Parsed<ReceivedAnswer> {
  const json = parseStrictJson(input, { maxBytes: limits.answerBytes });
  return json.ok ? readShape(json.value, readSignedAnswer) : json;
}

function readAnswerBody(root: ValueReader): AnswerBody {
  const max = Number.MAX_SAFE_INTEGER;
  const manifest = root.member("manifest");
  const common: AnswerCommon = {
    v: 1,
    project: root.member("project").bytesText(16),
    environment: root.member("environment").oneOf(["production", "development"]),
    serverTimeMs: root.member("serverTimeMs").integer(0, max),
    keys: root.member("keys").integer(1, max),
    manifest: { epoch: manifest.member("epoch").integer(0, max), version: manifest.member("version").integer(0, max) },
    challenge: root.member("challenge").bytesText(60),
  };
  const outcome = root.member("outcome").oneOf(["refused", "session", "enrol"]);
  if (outcome === "session") {
    const sealed = root.member("sealed").bytesText({ min: 16, max: limits.sealedSessionBytes + 16 });
    return { ...common, outcome, enc: root.member("enc").bytesText(32), sealed };
  }
  if (outcome === "enrol") {
    const reasons = ["unknown_instance", "evidence_too_old", "facts_missing", "version_changed"] as const;
    return { ...common, outcome, reason: root.member("reason").oneOf(reasons) };
  }
  const reasons = root.optional("reasons");
  const word = { max: limits.nameCharacters, pattern: wordPattern };
  const action = root.optional("action")?.string(word);
  return {
    ...common,
    outcome,
    arc: root.member("arc").string({ max: 16, pattern: arcPattern }),
    ...(reasons === null ? {} : { reasons: reasons.list({ max: limits.reasons }, (reason) => reason.string(word)) }),
    ...(action === "update" ? { action } : {}),
    retryAfterSeconds: root.member("retryAfterSeconds").integer(0, max),
  };
}

/** Reads the signed bytes of an answer. Verify the signature first. Codes: `too_large`, `malformed`, `unsupported_version`. */
export function parseAnswerBody(bytes: Uint8Array): Parsed<AnswerBody> {
  const json = parseStrictJson(bytes, { maxBytes: limits.signedAnswerBytes });
  return json.ok ? readShape(json.value, readAnswerBody) : json;
}

/** What a response key signs: `tag("response") ∥ H ∥ signedBytes`; H ties the answer to the statement it answers. */
export function responseInput(hash: Uint8Array, signed: Uint8Array): Uint8Array {
  return concatBytes(tag("response"), hash, signed);
}
