import { checkPrimeSync, createPrivateKey } from "node:crypto";
import { base64url, fromHex, hex } from "../encoding/bytes.ts";
import type { ByteSource } from "./byte-source.ts";
import { type SigningKey, toSigningKey } from "./signing-key.ts";

const publicExponent = 65537n;
const smallPrimes = [3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n, 43n, 47n, 53n, 59n, 61n, 67n, 71n, 73n];

/** An RSA key drawn from `source` under `label`: Node's own generator takes no seed. */
export function createRsaKey(modulusBits: 2048 | 4096, source: ByteSource, label: string): SigningKey {
  const p = drawPrime(modulusBits / 2, source, `${label} p`);
  const q = drawPrime(modulusBits / 2, source, `${label} q`);
  const d = inverse(publicExponent, (p - 1n) * (q - 1n));
  const jwk = {
    kty: "RSA",
    n: unsigned(p * q),
    e: unsigned(publicExponent),
    d: unsigned(d),
    p: unsigned(p),
    q: unsigned(q),
    dp: unsigned(d % (p - 1n)),
    dq: unsigned(d % (q - 1n)),
    qi: unsigned(inverse(q, p)),
  };
  return toSigningKey(createPrivateKey({ key: jwk, format: "jwk" }), new Uint8Array(0));
}

function drawPrime(bitCount: number, source: ByteSource, label: string): bigint {
  // The two top bits are set so that the product of two such primes has full length.
  const top = 3n << BigInt(bitCount - 2);
  let candidate = BigInt(`0x${hex(source(label, bitCount / 8))}`) | top | 1n;
  for (;;) {
    const sieved = smallPrimes.every((prime) => candidate % prime !== 0n);
    if (sieved && candidate % publicExponent !== 1n && checkPrimeSync(candidate)) return candidate;
    candidate += 2n;
  }
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [older, newer] = [modulus, value % modulus];
  let [olderFactor, newerFactor] = [0n, 1n];
  while (newer !== 0n) {
    const quotient = older / newer;
    [older, newer] = [newer, older - quotient * newer];
    [olderFactor, newerFactor] = [newerFactor, olderFactor - quotient * newerFactor];
  }
  return ((olderFactor % modulus) + modulus) % modulus;
}

function unsigned(value: bigint): string {
  const text = value.toString(16);
  return base64url(fromHex(text.length % 2 === 0 ? text : `0${text}`));
}
