import { pow } from "@noble/curves/abstract/modular.js";
import { montgomery } from "@noble/curves/abstract/montgomery.js";

// RFC 7748 §4.1. `ed25519.js` of the same library has it as well, with a signature scheme that nothing here needs.
const p = 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffedn;

const x25519 = /* @__PURE__ */ montgomery({
  P: p,
  type: "x25519",
  powPminus2: (value) => pow(value, p - 2n, p),
  adjustScalarBytes(bytes: Uint8Array) {
    bytes[0] = (bytes[0] ?? 0) & 248;
    bytes[31] = ((bytes[31] ?? 0) & 127) | 64;
    return bytes;
  },
});

/** One session key: made for one statement, opens one answer. */
export interface X25519KeyPair {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** A key pair of 32 random bytes that the caller's generator made (RFC 7748 §5 clamps them). */
export function createX25519KeyPair(random: Uint8Array): X25519KeyPair {
  if (random.length !== 32) throw new TypeError("an X25519 key needs 32 random bytes");
  const secretKey = Uint8Array.from(random);
  return { secretKey, publicKey: x25519.getPublicKey(secretKey) };
}

/** The shared secret; null where it is all zero (RFC 9180 §7.1.4) or the public key has another length. */
export function sharedSecret(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  if (publicKey.length !== 32) return null;
  try {
    const secret = x25519.getSharedSecret(secretKey, publicKey);
    return secret.every((byte) => byte === 0) ? null : secret;
  } catch {
    return null;
  }
}
