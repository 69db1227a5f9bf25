const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** Field and order of P-256: SEC 2 section 2.4.2 (secp256r1). The cofactor is 1: every point on the curve is in the group. */
export const p256: { readonly p: bigint; readonly n: bigint } = {
  p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
};

const { p, n } = p256;

/** Big-endian. */
export function toInteger(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = value * 256n + BigInt(byte);
  return value;
}

/** True for 65 bytes `04 ∥ X ∥ Y` that lie on P-256. */
export function isPoint(bytes: Uint8Array): boolean {
  if (bytes.length !== 65 || bytes[0] !== 4) return false;
  const x = toInteger(bytes.slice(1, 33));
  const y = toInteger(bytes.slice(33));
  return x < p && y < p && (y * y - (x * x * x - 3n * x + b)) % p === 0n;
}

/** True for 64 bytes `r ∥ s` with both in 1..n-1. */
export function isSignatureInRange(bytes: Uint8Array): boolean {
  if (bytes.length !== 64) return false;
  const r = toInteger(bytes.slice(0, 32));
  const s = toInteger(bytes.slice(32));
  return r > 0n && r < n && s > 0n && s < n;
}
