import { chacha20poly1305 } from "@noble/ciphers/chacha.js";

/** AEAD_CHACHA20_POLY1305 (RFC 8439 §2.8): `clear` encrypted, and its tag of 16 bytes. A key is 32 bytes, a nonce 12, and seals once. */
export function seal(key: Uint8Array, nonce: Uint8Array, clear: Uint8Array, aad: Uint8Array): Uint8Array {
  return aead(key, nonce, aad).encrypt(clear);
}

/** Null where there is no tag, or it is not that of this key, nonce, text and `aad`; nothing is decrypted then. */
export function open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | null {
  const cipher = aead(key, nonce, aad);
  try {
    return cipher.decrypt(sealed);
  } catch {
    return null;
  }
}

function aead(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array): ReturnType<typeof chacha20poly1305> {
  if (key.length !== 32 || nonce.length !== 12) throw new TypeError("a key is 32 bytes, a nonce 12");
  return chacha20poly1305(key, nonce, aad);
}
