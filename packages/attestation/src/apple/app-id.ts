import { bytesEqual, sha256 } from "../bytes.ts";

/** The App ID among `appIds` whose SHA-256 is `rpIdHash`, else null. */
export function findAppId(rpIdHash: Uint8Array, appIds: readonly string[]): string | null {
  return appIds.find((appId) => bytesEqual(sha256(Buffer.from(appId, "utf8")), rpIdHash)) ?? null;
}
