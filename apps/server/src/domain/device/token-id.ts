import { concatBytes } from "@countersign/protocol";
import { deriveKey, hmacSha256 } from "@countersign/protocol/server";
import type { ApiToken } from "../ports/index.ts";

const idBytes = 16;
const randomBytes = 8;

/**
 * The id (`jti`) of a token: 16 random bytes. Where nothing else of a token names its installation (profile `firebase-app-check`) the second
 * half is `HMAC-SHA256(K("token-id"), random ∥ subject)[0..8]`: to anybody else it is as random as the first, and whoever has the project
 * seed can tell whether a token is a given subject's.
 */
export function tokenIdOf(
  { profile }: Pick<ApiToken, "profile">,
  from: { readonly seed: Uint8Array; readonly project: Uint8Array; readonly subject: Uint8Array },
  random: (length: number) => Uint8Array,
): Uint8Array {
  if (profile !== "firebase-app-check") return random(idBytes);
  const start = random(randomBytes);
  return concatBytes(start, markOf(tokenIdKey(from.seed, from.project), start, from.subject));
}

/** K("token-id") of a project seed. */
export function tokenIdKey(seed: Uint8Array, project: Uint8Array): Uint8Array {
  return deriveKey(seed, "token-id", project);
}

/** Whether a token of this id was minted for the subject. */
export function isTokenIdOf(key: Uint8Array, id: Uint8Array, subject: Uint8Array): boolean {
  if (id.length !== idBytes) return false;
  const mark = markOf(key, id.subarray(0, randomBytes), subject);
  return mark.every((byte, at) => byte === id[randomBytes + at]);
}

function markOf(key: Uint8Array, start: Uint8Array, subject: Uint8Array): Uint8Array {
  return hmacSha256(key, concatBytes(start, subject)).subarray(0, idBytes - randomBytes);
}
