import { describe, expect, test } from "vitest";
import { chooseSignatures } from "./choose-signatures.ts";
import { signatureAlgorithm } from "./signature-algorithm.ts";

const end = 0x7fffffff;

/** Identifiers of those that are verified. */
function chosen(ids: readonly number[], minSdk: number, maxSdk = end): readonly number[] {
  const records = ids.flatMap((id) => {
    const algorithm = signatureAlgorithm(id);
    return algorithm ? [{ algorithm, signature: new Uint8Array() }] : [];
  });
  return chooseSignatures(records, minSdk, maxSdk).map(({ algorithm }) => algorithm.id);
}

describe("of a signer's signatures", () => {
  test("the one over the strongest content digest is verified, the first where there are several", () => {
    expect(chosen([0x0101, 0x0102, 0x0104], 24)).toEqual([0x0102]);
    expect(chosen([0x0103, 0x0101], 24)).toEqual([0x0103]);
  });

  test("one is verified for each API level at which better ones came, where the range reaches it", () => {
    expect(chosen([0x0103, 0x0421], 24)).toEqual([0x0103, 0x0421]);
    expect(chosen([0x0103, 0x0421], 24, 27)).toEqual([0x0103]);
    expect(chosen([0x0421], 28)).toEqual([0x0421]);
  });

  test("none is enough where the lowest level knows none of them", () => {
    expect(chosen([0x0421], 24)).toEqual([]);
    expect(chosen([0x0501], 36)).toEqual([]);
    expect(chosen([], 24)).toEqual([]);
  });
});
