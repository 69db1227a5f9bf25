import { montgomery } from "@noble/curves/abstract/montgomery.js";

// RFC 7748 §4.1. `ed25519.js` of the same library has it as well, with a signature scheme that nothing here needs.
const p = 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffedn;

/** `value` to the power of p - 2, its inverse: which steps are taken does not hang on it. */
function inverse(value: bigint): bigint {
  let [power, result] = [value, 1n];
  for (let rest = p - 2n; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * power) % p;
    power = (power * power) % p;
  }
  return result;
}

const x25519 = /* @__PURE__ */ montgomery({
  P: p,
  type: "x25519",
  powPminus2: inverse,
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
