import { concatBytes, encodeBase64url, equalBytes, readU48, tag, u48 } from "@countersign/protocol";
import type { CryptoPort, ImportedKey } from "../crypto/port.ts";

/** Nonces of DPoP proofs (RFC 9449 §9): a time and its MAC, so that any node that has the key knows its own and nothing is stored. */
export interface DpopNonces {
  readonly lifetimeSeconds: number;
  mint(nowMs: number): Promise<string>;
  /** The second until which the nonce is good; null for one that is not ours or is over. */
  goodUntilSeconds(nonce: string, nowMs: number): Promise<number | null>;
}

const timeBytes = 6;
const macBytes = 16;

/** Throws a TypeError for a key of other than 32 bytes or a lifetime out of range. */
export function createDpopNonces(
  crypto: CryptoPort,
  options: { readonly key: Uint8Array; readonly lifetimeSeconds: number },
): DpopNonces {
  const { key, lifetimeSeconds } = options;
  if (key.length !== 32) throw new TypeError("dpopNonce.key has 32 bytes");
  if (!Number.isSafeInteger(lifetimeSeconds) || lifetimeSeconds < 1 || lifetimeSeconds > 3600)
    throw new TypeError("dpopNonce.lifetimeSeconds is 1 to 3600");
  const importing = crypto.importKey("HS256", { kind: "secret", bytes: new Uint8Array(key) });

  async function macOf(time: Uint8Array): Promise<Uint8Array> {
    const imported: ImportedKey | null = await importing;
    if (imported === null) throw new Error("the key of nonces cannot be used");
    return (await crypto.hmac(imported, concatBytes(tag("dpop-nonce"), time))).slice(0, macBytes);
  }

  return {
    lifetimeSeconds,
    async mint(nowMs) {
      const time = u48(Math.floor(nowMs));
      return encodeBase64url(concatBytes(time, await macOf(time)));
    },
    async goodUntilSeconds(nonce, nowMs) {
      const bytes = crypto.decodeBase64url(nonce);
      if (bytes === null || bytes.length !== timeBytes + macBytes) return null;
      const time = bytes.slice(0, timeBytes);
      if (!equalBytes(await macOf(time), new Uint8Array(bytes.slice(timeBytes)))) return null;
      const ageMs = nowMs - readU48(time, 0);
      // Another node's clock may be a little ahead.
      if (ageMs < -5000 || ageMs >= lifetimeSeconds * 1000) return null;
      return Math.ceil(readU48(time, 0) / 1000) + lifetimeSeconds;
    },
  };
}
