import { isPoint, isSignatureInRange, p256, toInteger } from "@countersign/protocol";

const { p, n } = p256;

/** Jacobian coordinates: (X/Z², Y/Z³). Infinity is Z = 0. */
interface Point {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
}

const infinity: Point = { x: 1n, y: 1n, z: 0n };
const generator: Point = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
  z: 1n,
};

function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

const reduced = (value: bigint): bigint => modulo(value, p);

/** dbl-2001-b of the Explicit-Formulas Database, for a = -3. */
function double({ x, y, z }: Point): Point {
  const delta = (z * z) % p;
  const gamma = (y * y) % p;
  const beta = (x * gamma) % p;
  const alpha = (3n * (x - delta) * (x + delta)) % p;
  const x3 = reduced(alpha * alpha - 8n * beta);
  return { x: x3, y: reduced(alpha * (4n * beta - x3) - 8n * gamma * gamma), z: (2n * y * z) % p };
}

/** add-1998-cmo-2 of the Explicit-Formulas Database; the cases it leaves out come first. */
function add(a: Point, b: Point): Point {
  if (a.z === 0n) return b;
  if (b.z === 0n) return a;
  const aa = (a.z * a.z) % p;
  const bb = (b.z * b.z) % p;
  const u = (a.x * bb) % p;
  const s = (((a.y * b.z) % p) * bb) % p;
  const h = reduced(b.x * aa - u);
  const r = reduced(((b.y * a.z) % p) * aa - s);
  if (h === 0n) return r === 0n ? double(a) : infinity;
  const hh = (h * h) % p;
  const hhh = (h * hh) % p;
  const v = (u * hh) % p;
  const x = reduced(r * r - hhh - 2n * v);
  return { x, y: reduced(r * (v - x) - s * hhh), z: (((a.z * b.z) % p) * h) % p };
}

/** For `value` in 1..n-1; n is a prime. */
function inverse(value: bigint): bigint {
  let [rest, next, factor, nextFactor] = [n, value, 0n, 1n];
  while (next !== 0n) {
    const quotient = rest / next;
    [rest, next] = [next, rest - quotient * next];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  return modulo(factor, n);
}

const bitsOf = (scalar: bigint): string => scalar.toString(2).padStart(256, "0");

/** u·G + v·Q, both at once (Straus). */
function combine(u: bigint, v: bigint, q: Point): Point {
  const [ofU, ofV] = [bitsOf(u), bitsOf(v)];
  const both = add(generator, q);
  let sum = infinity;
  for (let bit = 0; bit < 256; bit += 1) {
    sum = double(sum);
    const [isInU, isInV] = [ofU[bit] === "1", ofV[bit] === "1"];
    if (isInU || isInV) sum = add(sum, isInU ? (isInV ? both : generator) : q);
  }
  return sum;
}

/**
 * ECDSA over P-256 (FIPS 186-5 §6.4.2) of a 32-byte hash. All it is given is public, so its time need not be constant: nothing may be
 * signed, and no key agreed on, with what stands here. True only where the point is 65 bytes `04 ∥ X ∥ Y` on the curve, and r and s are
 * in 1..n-1.
 */
export function verifyP256(point: Uint8Array, hash: Uint8Array, signature: Uint8Array): boolean {
  if (!isPoint(point) || !isSignatureInRange(signature)) return false;
  const r = toInteger(signature.slice(0, 32));
  const w = inverse(toInteger(signature.slice(32)));
  const q = { x: toInteger(point.slice(1, 33)), y: toInteger(point.slice(33)), z: 1n };
  const { x, z } = combine((toInteger(hash) * w) % n, (r * w) % n, q);
  if (z === 0n) return false;
  // x mod n = r, where n < p < 2n.
  const zz = (z * z) % p;
  return (r * zz) % p === x || (r + n < p && ((r + n) * zz) % p === x);
}
