import { createPublicKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { bits, integer, oid, sequence } from "../../../asn1/src/made/der-writer.suite.ts";
import { keys, signBytes } from "./apk-writer.suite.ts";
import { signatureAlgorithm, verifySignature } from "./signature-algorithm.ts";

const data = Buffer.from("data");

function verdictOf(id: number, spki: Uint8Array, signature: Uint8Array) {
  const algorithm = signatureAlgorithm(id);
  return algorithm && verifySignature(algorithm, spki, data, signature);
}

describe("a signature", () => {
  test.each([
    [0x0101, keys.rsa],
    [0x0102, keys.rsa],
    [0x0103, keys.rsa],
    [0x0104, keys.rsa],
    [0x0201, keys.first],
    [0x0202, keys.third],
    [0x0421, keys.rsa],
    [0x0423, keys.first],
    [0x0501, keys.postQuantum],
  ])("of algorithm %i is good over its data by its key, and bad over other data", (id, key) => {
    const signature = signBytes(key, id, data);
    expect(verdictOf(id, key.spki, signature)).toBe("good");
    expect(verdictOf(id, key.spki, signBytes(key, id, Buffer.from("other")))).toBe("bad");
    expect(verdictOf(id, key.spki, Buffer.alloc(0))).toBe("bad");
  });

  test("of an algorithm that Android does not know has none", () => {
    for (const id of [0, 0x0105, 0x0203, 0x0302, 0x0422, 0x0502, 0xffffffff])
      expect(signatureAlgorithm(id)).toBeUndefined();
  });

  test("by RSA with an exponent that Android takes for too large is by no usable key", () => {
    const { n = "" } = createPublicKey({ key: Buffer.from(keys.rsa.spki), format: "der", type: "spki" }).export({
      format: "jwk",
    });
    const modulus = BigInt(`0x${Buffer.from(n, "base64url").toString("hex")}`);
    const spki = (exponent: bigint) =>
      sequence(
        sequence(oid("1.2.840.113549.1.1.1"), Buffer.of(5, 0)),
        bits(sequence(integer(modulus), integer(exponent))),
      );
    const signature = signBytes(keys.rsa, 0x0103, data);
    expect(verdictOf(0x0103, spki(65537n), signature)).toBe("good");
    expect(verdictOf(0x0103, spki(2n ** 33n - 1n), signature)).toBe("bad");
    expect(verdictOf(0x0103, spki(2n ** 33n + 1n), signature)).toBe("unusable key");
    expect(verdictOf(0x0103, spki(modulus - 2n), signature)).toBe("unusable key");
  });
});
