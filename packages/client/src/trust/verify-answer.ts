import {
  type AnswerBody,
  decodeBase64url,
  parseAnswerBody,
  parseSealedSession,
  parseSignedAnswer,
  type ReceivedManifest,
  responseInput,
  type SealedSession,
  sealInfo,
} from "@countersign/protocol";
import { verifyEs256 } from "../crypto/es256.ts";
import { openHpke } from "../crypto/hpke.ts";
import type { X25519KeyPair } from "../crypto/x25519.ts";
import { detached } from "../memory/detached.ts";
import { heldPoint, holdsManifest, type Trust, type TrustScope, takeKeyList, takeManifest } from "./trust.ts";

/** The step of protocol section 14 at which an answer was refused. For state and tests; never tells more than the step. */
export type AnswerFault =
  | "shape"
  | "keys"
  | "kid"
  | "signature"
  | "body"
  | "project"
  | "environment"
  | "keys_old"
  | "manifest"
  | "manifest_old"
  | "seal"
  | "session";

export type VerifiedAnswer =
  | { readonly ok: true; readonly body: AnswerBody; readonly session: SealedSession | null; readonly trust: Trust }
  | { readonly ok: false; readonly fault: AnswerFault };

export interface AnswerInput {
  readonly bytes: Uint8Array;
  /** H of the statement this is to be the answer to. */
  readonly hash: Uint8Array;
  readonly sessionKey: X25519KeyPair;
  readonly trust: Trust;
  readonly scope: TrustScope;
  /** Gets the current manifest where the answer names a newer one than is held and does not bring it. Null: not to be had. */
  readonly loadManifest: () => Promise<ReceivedManifest | null>;
}

/**
 * Verifies what came in the service's name, in the order of protocol section 14: sizes, key list, kid, signature over this statement's H,
 * `v`, project, environment, held list not below `keys`, manifest at least as named, seal. Nothing is kept: the caller installs the
 * result, or forgets it.
 */
export async function verifyAnswer(input: AnswerInput): Promise<VerifiedAnswer> {
  const { hash, scope } = input;
  const refuse = (fault: AnswerFault): VerifiedAnswer => ({ ok: false, fault });
  const answer = parseSignedAnswer(input.bytes);
  if (!answer.ok) return refuse("shape");
  const received = answer.value;

  const withKeys = received.keys === null ? input.trust : takeKeyList(input.trust, received.keys, scope);
  if (withKeys === null) return refuse("keys");

  const point = heldPoint(withKeys, received.kid, "response");
  if (point === null) return refuse("kid");
  if (!verifyEs256(point, responseInput(hash, received.signed), received.signature)) return refuse("signature");

  const parsed = parseAnswerBody(received.signed);
  if (!parsed.ok) return refuse("body");
  const body = parsed.value;
  if (body.project !== scope.configuration.project) return refuse("project");
  if (body.environment !== scope.configuration.environment) return refuse("environment");
  if (withKeys.keys === null || withKeys.keys.list.version < body.keys) return refuse("keys_old");

  let trust = received.manifest === null ? withKeys : takeManifest(withKeys, received.manifest, scope);
  if (trust === null) return refuse("manifest");
  if (!holdsManifest(trust, body.manifest)) {
    const loaded = await input.loadManifest();
    trust = loaded === null ? null : takeManifest(trust, loaded, scope);
    if (trust === null || !holdsManifest(trust, body.manifest)) return refuse("manifest_old");
  }
  if (body.outcome !== "session") return { ok: true, body, session: null, trust };

  const enc = decodeBase64url(body.enc, 32);
  const sealed = decodeBase64url(body.sealed);
  if (enc === null || sealed === null) return refuse("seal");
  const plaintext = openHpke(input.sessionKey, enc, sealInfo(hash), sealed);
  if (plaintext === null) return refuse("seal");
  const session = parseSealedSession(plaintext);
  plaintext.fill(0);
  return session.ok ? { ok: true, body, session: detached(session.value), trust } : refuse("session");
}
