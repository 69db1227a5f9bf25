import { base64url, concat, sha256 } from "../encoding/bytes.ts";
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

/** instanceId: 16 bytes in b64u (protocol section 2). */
export function instanceId(project: Uint8Array, attestedKey: Uint8Array): string {
  return base64url(sha256(tag("instance"), project, attestedKey).subarray(0, 16));
}
