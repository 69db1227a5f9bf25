import { bytesEqual, sha256 } from "@countersign/asn1";
import { LeastRecentlyUsed } from "../least-recently-used.ts";

const mostHashes = 256;
const longestKept = 256;
const hashes = new LeastRecentlyUsed<Uint8Array>(mostHashes);

/** The App ID among `appIds` whose SHA-256 is `rpIdHash`, else null. */
export function findAppId(rpIdHash: Uint8Array, appIds: readonly string[]): string | null {
  return appIds.find((appId) => bytesEqual(hashOf(appId), rpIdHash)) ?? null;
}

/** Every assertion asks for the same few: the 256 used last are kept, of at most 256 characters each. */
function hashOf(appId: string): Uint8Array {
  const known = hashes.get(appId);
  if (known !== undefined) return known;
  const hash = sha256(Buffer.from(appId, "utf8"));
  if (appId.length <= longestKept) hashes.set(appId, hash);
  return hash;
}
