import { concatBytes, toHex, toUtf8 } from "@countersign/protocol";
import { sha256 } from "@noble/hashes/sha2.js";

let digest: Uint8Array = new Uint8Array(32);

export function beginTranscript(): void {
  digest = new Uint8Array(32);
}

/** Adds one call of the service and its answer. */
export function noteTraffic(...texts: readonly string[]): void {
  for (const text of texts) digest = sha256(concatBytes(digest, sha256(toUtf8(text))));
}

/** SHA-256 over the case's whole conversation: the same bytes were said in two engines where this is the same. */
export function transcript(): string {
  return toHex(digest);
}
