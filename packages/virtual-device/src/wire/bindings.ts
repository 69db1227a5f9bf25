import { base64url, concat, fromBase64url, hmacSha256, sha256 } from "../encoding/bytes.ts";
import { tag } from "./tag.ts";

/** `M`: what a proof signs (protocol section 5). */
export function statementMessage(statement: Uint8Array): Uint8Array {
  return concat(tag("statement"), statement);
}

/** `H`: SHA-256 of `M`. */
export function statementHash(statement: Uint8Array): Uint8Array {
  return sha256(statementMessage(statement));
}

/** What the old instance key signs when a new one takes its place. */
export function previousMessage(statement: Uint8Array): Uint8Array {
  return concat(tag("previous"), statementHash(statement));
}

/** App Attest's clientDataHash at enrolment. */
export function appleKeyBinding(challenge: Uint8Array, instanceKey: Uint8Array): Uint8Array {
  return sha256(tag("key"), challenge, instanceKey);
}

/** The attestation challenge an Android key is made with. */
export function androidKeyBinding(challenge: Uint8Array): Uint8Array {
  return sha256(tag("key"), challenge);
}

/** What names a development key on the wire: b64u of 16 bytes. `text` is `csd_` and 43 characters. */
function developmentKeyId(text: string): string {
  return base64url(sha256(tag("development-key-id"), developmentSecret(text)).subarray(0, 16));
}

/** A development key as evidence, as it travels: HMAC-SHA256 by the key over tag and `H`. */
export function developmentEvidence(text: string, statement: Uint8Array): DevelopmentItem {
  const mac = hmacSha256(developmentSecret(text), concat(tag("development-key"), statementHash(statement)));
  return { type: "development", key: developmentKeyId(text), mac: base64url(mac) };
}

export interface DevelopmentItem {
  readonly type: "development";
  readonly key: string;
  readonly mac: string;
}

function developmentSecret(text: string): Uint8Array {
  return fromBase64url(text.slice("csd_".length));
}

/** instanceId: 16 bytes in b64u (protocol section 2). */
export function instanceId(project: Uint8Array, attestedKey: Uint8Array): string {
  return base64url(sha256(tag("instance"), project, attestedKey).subarray(0, 16));
}
