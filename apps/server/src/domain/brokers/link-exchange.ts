import {
  concatBytes,
  decodeBase64url,
  type Environment,
  encodeBase64url,
  type KeyListEnvelope,
  tag,
  toUtf8,
} from "@countersign/protocol";
import { openSealed, sealTo, sha256, signEs256, verifyEs256 } from "@countersign/protocol/server";
import { z } from "zod";
import type { OpenSigningKey } from "../project/signing-keys.ts";
import { parseLinkJson } from "./link-json.ts";

/** What a broker asks the service over its link. */
export type LinkCall = "state" | "draw" | "mint" | "alarms";

/** Bytes of an answer before it is sealed, and of one as it travels. */
export const mostLinkPlaintext = 32 * 1024 * 1024;
export const mostLinkAnswer = 48 * 1024 * 1024;

export const linkPath = (call: LinkCall): string => `/v1/broker-link/${call}`;

/** What every request says: a nonce of its own, whose it is, and a key that lives for its answer alone. */
export const linkRequestShape = {
  v: z.literal(1),
  /** b64u of 16 random bytes. */
  nonce: z.string().length(22),
  /** b64u of 16 random bytes: which process asks. */
  run: z.string().length(22),
  /** b64u of an X25519 public key. */
  key: z.string().length(43),
};

/** H of a request: what ties an answer to it. The path is in it, so that no answer to one call is taken for another's. */
export function linkRequestHash(call: LinkCall, body: Uint8Array): Uint8Array {
  return sha256(concatBytes(tag("broker-link-request"), toUtf8(`${linkPath(call)}\n`), body));
}

/** What a response key signs: `tag("broker-link") ∥ H ∥ signedBytes`. */
function signatureInput(hash: Uint8Array, signed: Uint8Array): Uint8Array {
  return concatBytes(tag("broker-link"), hash, signed);
}

function infoOf(hash: Uint8Array): Uint8Array {
  return concatBytes(tag("broker-link-seal"), hash);
}

/** An answer as it travels. `signed` is b64u JSON that names the digest of what is sealed. */
export interface LinkAnswer {
  readonly v: 1;
  readonly keys: KeyListEnvelope;
  readonly kid: string;
  readonly signed: string;
  readonly signature: string;
  readonly sealed: string;
}

export interface LinkAnswering {
  readonly project: string;
  readonly environment: Environment;
  readonly keys: KeyListEnvelope;
  readonly responseKey: OpenSigningKey;
}

/**
 * Seals `plaintext` to the key of the request and signs it by the project's response key over the request: whoever ends TLS between the two reads
 * nothing, changes nothing and has nothing to play again. Null where the key cannot be used.
 */
export function sealLinkAnswer(
  from: LinkAnswering,
  request: { readonly hash: Uint8Array; readonly key: Uint8Array },
  plaintext: Uint8Array,
): LinkAnswer | null {
  const sealed = sealTo({ recipient: request.key, info: infoOf(request.hash), plaintext });
  if (sealed === null) return null;
  const signed = toUtf8(
    JSON.stringify({
      v: 1,
      project: from.project,
      environment: from.environment,
      enc: encodeBase64url(sealed.enc),
      sha256: encodeBase64url(sha256(sealed.sealed)),
    }),
  );
  return {
    v: 1,
    keys: from.keys,
    kid: from.responseKey.kid,
    signed: encodeBase64url(signed),
    signature: encodeBase64url(signEs256(from.responseKey.privateKey, signatureInput(request.hash, signed))),
    sealed: encodeBase64url(sealed.sealed),
  };
}

const answerSchema = z.object({
  v: z.literal(1),
  keys: z.unknown(),
  kid: z.string().length(11),
  signed: z.string().max(1024),
  signature: z.string().length(86),
  sealed: z.string(),
});

const signedSchema = z.object({
  v: z.literal(1),
  project: z.string(),
  environment: z.enum(["production", "development"]),
  enc: z.string().length(43),
  sha256: z.string().length(43),
});

export interface LinkOpening {
  readonly project: string;
  readonly environment: Environment;
  readonly hash: Uint8Array;
  /** X25519, of this one request. */
  readonly privateKey: Uint8Array;
  /** Takes a key list that came with an answer, and gives the point of a response key; null where it is not to be trusted. */
  readonly pointOf: (keys: unknown, kid: string) => Uint8Array | null;
}

/** The plaintext of an answer; null where it was not made by this project's service for this very request. */
export function openLinkAnswer(body: Uint8Array, how: LinkOpening): Uint8Array | null {
  const answer = parseLinkJson(body, answerSchema, mostLinkAnswer);
  if (answer === null) return null;
  const signed = decodeBase64url(answer.signed);
  const signature = decodeBase64url(answer.signature, 64);
  const sealed = decodeBase64url(answer.sealed);
  if (signed === null || signature === null || sealed === null) return null;
  const point = how.pointOf(answer.keys, answer.kid);
  if (point === null || !verifyEs256(point, signatureInput(how.hash, signed), signature)) return null;
  const said = parseLinkJson(signed, signedSchema, 1024);
  if (said === null || said.project !== how.project || said.environment !== how.environment) return null;
  const enc = decodeBase64url(said.enc, 32);
  if (enc === null || said.sha256 !== encodeBase64url(sha256(sealed))) return null;
  return openSealed({ privateKey: how.privateKey, enc, info: infoOf(how.hash), sealed });
}
