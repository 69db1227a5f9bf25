import { generateSessionKey, sealTo } from "@countersign/protocol/server";
import { describe, expect, it } from "vitest";
import { isSmallOrder } from "./small-order.ts";

const p = 2n ** 255n - 19n;
const order8 = [
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
];

function encoded(u: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((u >> BigInt(8 * at)) & 255n));
}

describe("isSmallOrder", () => {
  const low = [0n, 1n, p - 1n, p, p + 1n, ...order8].flatMap((u) => [u, u + 2n ** 255n]).filter((u) => u < 2n ** 256n);

  it.each(low.map((u) => [u.toString(16), u] as const))("finds %s, to which nothing can be sealed", (_name, u) => {
    expect(isSmallOrder(encoded(u))).toBe(true);
    expect(sealTo({ recipient: encoded(u), info: new Uint8Array(), plaintext: new Uint8Array() })).toBeNull();
  });

  it("takes no usable key for one", () => {
    for (let round = 0; round < 20; round += 1) expect(isSmallOrder(generateSessionKey().publicKey)).toBe(false);
    expect(isSmallOrder(encoded(9n))).toBe(false);
  });
});
