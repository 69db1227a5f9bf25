// 130 bits in five limbs of 22 and one of 20.
const limbs = 6;
const sizes = [2 ** 22, 2 ** 22, 2 ** 22, 2 ** 22, 2 ** 22, 2 ** 20];

/** 22 bits of a little-endian number, from bit 22·`limb` on; what is past its end is zero. */
function limbOf(bytes: Uint8Array, limb: number): number {
  const bit = 22 * limb;
  const at = bit >> 3;
  const word =
    (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
  return (word >>> (bit & 7)) & 0x3fffff;
}

/** Carries on, modulo 2^130 - 5: from sums below 2^52 to limbs of their size, the first of them with at most 5 more. */
function carry(sums: Float64Array): void {
  let over = 0;
  for (let turn = 0; turn < 2; turn += 1) {
    for (let limb = 0; limb < limbs; limb += 1) {
      const sum = (sums[limb] ?? 0) + over;
      const size = sizes[limb] ?? 1;
      over = Math.floor(sum / size);
      sums[limb] = sum - over * size;
    }
    over *= 5;
  }
  sums[0] = (sums[0] ?? 0) + over;
}

/** The number itself, below 2^130 - 5: with 5 added it runs over 2^130 where it is not below, and what is left then is the difference. */
function freeze(sums: Float64Array): number[] {
  carry(sums);
  let over = 5;
  const less = sizes.map((size, limb) => {
    const sum = (sums[limb] ?? 0) + over;
    over = Math.floor(sum / size);
    return sum - over * size;
  });
  return less.map((limb, at) => (limb & -over) | ((sums[at] ?? 0) & (over - 1)));
}

/** `number` + the second half of the key, modulo 2^128, little-endian. */
function toTag(number: readonly number[], key: Uint8Array): Uint8Array {
  let [bits, count, sum, limb] = [0, 0, 0, 0];
  return key.slice(16).map((added) => {
    if (count < 8) {
      bits |= (number[limb] ?? 0) << count;
      count += 22;
      limb += 1;
    }
    sum = (sum >>> 8) + (bits & 255) + added;
    bits >>>= 8;
    count -= 8;
    return sum;
  });
}

/**
 * Poly1305 (RFC 8439 §2.5), 16 bytes, of whole blocks of 16: `message` is as long as a multiple of that, as the AEAD pads it. The key counts
 * once. In steps that depend on the length alone; every sum is exact in a double.
 */
export function poly1305(key: Uint8Array, message: Uint8Array): Uint8Array {
  const clamped = key.slice(0, 16).map((byte, at) => byte & (at % 4 === 3 ? 15 : at % 4 === 0 && at > 0 ? 252 : 255));
  // r after 20·r: what runs over 2^132 comes back twenty times.
  const factors = Float64Array.from(
    { length: 2 * limbs },
    (_, at) => limbOf(clamped, at % limbs) * (at < limbs ? 20 : 1),
  );
  const sum = new Float64Array(limbs);
  const product = new Float64Array(limbs);
  const block = new Uint8Array(17);
  block[16] = 1;
  for (let at = 0; at < message.length; at += 16) {
    block.set(message.subarray(at, at + 16));
    for (let limb = 0; limb < limbs; limb += 1) sum[limb] = (sum[limb] ?? 0) + limbOf(block, limb);
    for (let to = 0; to < limbs; to += 1) {
      let total = 0;
      for (let from = 0; from < limbs; from += 1) total += (sum[from] ?? 0) * (factors[limbs + to - from] ?? 0);
      product[to] = total;
    }
    sum.set(product);
    carry(sum);
  }
  const tag = toTag(freeze(sum), key);
  for (const part of [clamped, factors, sum, product, block]) part.fill(0);
  return tag;
}
