const p = 2n ** 255n - 19n;

/** u-coordinates of the points of order 1, 2, 4 and 8 on Curve25519 and its twist, modulo p (https://cr.yp.to/ecdh.html#validate). */
const smallOrder: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  p - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
]);

/** Whether an X25519 public key gives an all-zero shared secret with every private key (RFC 7748 §6.1): nothing can be sealed to it. */
export function isSmallOrder(key: Uint8Array): boolean {
  let u = 0n;
  for (const byte of key.toReversed()) u = u * 256n + BigInt(byte);
  // RFC 7748 §5: the top bit is masked, and values from p on are taken modulo p.
  return smallOrder.has((u & (2n ** 255n - 1n)) % p);
}
