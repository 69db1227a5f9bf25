import { concatBytes, equalBytes, u32 } from "@countersign/protocol";
import { chacha20 } from "./chacha20.ts";
import { poly1305 } from "./poly1305.ts";

/** Zeros up to the next multiple of 16. */
const padding = (bytes: Uint8Array): Uint8Array => new Uint8Array(-bytes.length & 15);

/** A length in 8 bytes, little-endian. */
const lengthOf = (bytes: Uint8Array): Uint8Array => concatBytes(u32(bytes.length).reverse(), new Uint8Array(4));

function tagOf(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array {
  const once = chacha20(key, nonce, 0, new Uint8Array(32));
  const message = concatBytes(aad, padding(aad), sealed, padding(sealed), lengthOf(aad), lengthOf(sealed));
  const tag = poly1305(once, message);
  once.fill(0);
  return tag;
}

/** AEAD_CHACHA20_POLY1305 (RFC 8439 §2.8): `clear` encrypted, and its tag of 16 bytes. A key is 32 bytes, a nonce 12, and seals once. */
export function seal(key: Uint8Array, nonce: Uint8Array, clear: Uint8Array, aad: Uint8Array): Uint8Array {
  const sealed = chacha20(key, nonce, 1, clear);
  return concatBytes(sealed, tagOf(key, nonce, aad, sealed));
}

/** Null where there is no tag, or it is not that of this key, nonce, text and `aad`; nothing is decrypted then. */
export function open(key: Uint8Array, nonce: Uint8Array, given: Uint8Array, aad: Uint8Array): Uint8Array | null {
  const sealed = given.subarray(0, -16);
  return equalBytes(tagOf(key, nonce, aad, sealed), given.subarray(-16)) ? chacha20(key, nonce, 1, sealed) : null;
}
