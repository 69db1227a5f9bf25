import { randomBytes } from "node:crypto";
import { concatBytes, p256 as curve, fromHex, toInteger } from "@countersign/protocol";
import { p256 } from "@noble/curves/nist.js";
import { describe, expect, it } from "vitest";
import { verifyP256 } from "./p256.ts";

const { n, p } = curve;
const { Point } = p256;
type CurvePoint = InstanceType<typeof Point>;

const bytesOf = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(64, "0")) ?? new Uint8Array(0);
const modulo = (value: bigint): bigint => ((value % n) + n) % n;
const inverse = (value: bigint): bigint => Point.Fn.inv(modulo(value));

/** The key under which (r, s) verifies for a hash, given the point that (r) is of: FIPS 186-5 turned round. */
function keyFor(sum: CurvePoint, r: bigint, s: bigint, hash: bigint): Uint8Array {
  const u = modulo(-hash * inverse(r));
  const v = modulo(s * inverse(r));
  const part = sum.multiplyUnsafe(v);
  return (u === 0n ? part : part.add(Point.BASE.multiplyUnsafe(u))).toBytes(false);
}

function pointAt(x: bigint): CurvePoint | null {
  try {
    return Point.fromBytes(concatBytes(Uint8Array.of(2), bytesOf(x)));
  } catch {
    return null;
  }
}

/** As ECDSA signs, with a chosen nonce. */
function sign(secret: bigint, nonce: bigint, hash: bigint): Uint8Array {
  const r = modulo(Point.BASE.multiplyUnsafe(nonce).toAffine().x);
  return concatBytes(bytesOf(r), bytesOf(modulo(inverse(nonce) * (hash + r * secret))));
}

const anyHash = (): bigint => toInteger(randomBytes(32));
const anyScalar = (): bigint => modulo(anyHash());
const keyOf = (secret: bigint): Uint8Array => Point.BASE.multiplyUnsafe(secret).toBytes(false);

describe("ECDSA over P-256", () => {
  it("judges as another implementation does, whatever the key, the hash, and the one bit that is changed", () => {
    for (let round = 0; round < 100; round += 1) {
      const [secret, hash] = [anyScalar(), anyHash()];
      const signature = sign(secret, anyScalar(), hash);
      const isChanged = round % 4 !== 0;
      const at = round % 64;
      if (isChanged) signature[at] = (signature[at] ?? 0) ^ (1 << (round & 7));
      const theirs = p256.verify(signature, bytesOf(hash), keyOf(secret), { lowS: false, prehash: false });
      expect(verifyP256(keyOf(secret), bytesOf(hash), signature)).toBe(theirs);
      expect(theirs).toBe(!isChanged);
    }
  });

  it("verifies under keys that meet the generator, its negative and the point at infinity on the way", () => {
    for (const secret of [1n, 2n, 3n, n - 1n, n - 2n, n >> 1n, (n >> 1n) + 1n]) {
      for (const nonce of [1n, 2n, n - 1n, 0x1234567890abcdefn]) {
        for (const hash of [0n, 1n, n - 1n, n, n + 1n, (1n << 256n) - 1n]) {
          const signature = sign(secret, nonce, hash);
          if (toInteger(signature.slice(32)) === 0n) continue;
          expect(verifyP256(keyOf(secret), bytesOf(hash), signature), `${secret} ${nonce} ${hash}`).toBe(true);
          expect(verifyP256(keyOf(secret), bytesOf(hash ^ 2n), signature), `${secret} ${nonce} ${hash}`).toBe(false);
        }
      }
    }
  });

  it("verifies where x is past the order and r is what is left, and not where r or s is written past the order", () => {
    let found = 0;
    for (let r = 1n; found < 5; r += 1n) {
      const sum = pointAt(n + r);
      if (sum === null) continue;
      found += 1;
      const [s, hash] = [0xabcdefn * r, 0x1234567n];
      const key = keyFor(sum, r, s, hash);
      expect(verifyP256(key, bytesOf(hash), concatBytes(bytesOf(r), bytesOf(s)))).toBe(true);
      for (const [otherR, otherS] of [
        [r + 1n, s],
        [r + n, s],
        [r, s + n],
      ] as const) {
        expect(verifyP256(key, bytesOf(hash), concatBytes(bytesOf(otherR), bytesOf(otherS)))).toBe(false);
      }
    }
  });

  it("refuses an r that is x only past the field, not past the order", () => {
    let found = 0;
    for (let x = 0n; found < 5; x += 1n) {
      const sum = pointAt(x);
      if (sum === null) continue;
      found += 1;
      const r = x + p - n;
      const key = keyFor(sum, r, 5n, 9n);
      expect(verifyP256(key, bytesOf(9n), concatBytes(bytesOf(r), bytesOf(5n)))).toBe(false);
    }
  });

  it("refuses where the sum is the point at infinity", () => {
    for (let round = 0; round < 20; round += 1) {
      const [secret, r, s] = [anyScalar(), anyScalar(), anyScalar()];
      const signature = concatBytes(bytesOf(r), bytesOf(s));
      expect(verifyP256(keyOf(secret), bytesOf(modulo(-r * secret)), signature)).toBe(false);
    }
  });

  it("never throws, and refuses, on bytes of other lengths", () => {
    const lengths = [0, 1, 31, 32, 33, 63, 64, 65, 66];
    for (const point of lengths) {
      for (const signature of lengths) {
        for (const hash of lengths) {
          const given = [point, hash, signature].map((length) => Uint8Array.from(randomBytes(length)));
          const [key = new Uint8Array(0), digest = new Uint8Array(0), signed = new Uint8Array(0)] = given;
          if (key.length > 0) key[0] = 4;
          expect(verifyP256(key, digest, signed)).toBe(false);
        }
      }
    }
  });
});
