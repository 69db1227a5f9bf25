import { describe, expect, test } from "vitest";
import { keys, makeLineage } from "./apk-writer.suite.ts";
import { verifyLineage } from "./lineage.ts";
import { checkSignersAgree } from "./signers-agree.ts";

const [one, other, third] = [Buffer.from("one"), Buffer.from("other"), Buffer.from("third")];
const nothing = { v1: null, v2: null, v3: null };
const past = verifyLineage(makeLineage([{ key: keys.first }, { key: keys.second }]));

describe("the signers of an APK's schemes", () => {
  test("agree where one scheme stands alone, v1 and v2 have the same in any order, and v3 the one signer of both", () => {
    expect(checkSignersAgree(nothing, null)).toBeNull();
    expect(checkSignersAgree({ ...nothing, v1: [one, other], v2: [other, one] }, null)).toBeNull();
    expect(checkSignersAgree({ v1: [one], v2: [one], v3: [one] }, null)).toBeNull();
    expect(checkSignersAgree({ ...nothing, v3: [third] }, null)).toBeNull();
    expect(
      checkSignersAgree({ ...nothing, v2: [keys.first.certificate], v3: [keys.second.certificate] }, past),
    ).toBeNull();
  });

  test.each([
    ["v2 has one more than v1", { ...nothing, v1: [one], v2: [one, other] }, null],
    ["v1 has one more than v2", { ...nothing, v1: [one, other], v2: [one] }, null],
    ["v3 has another than v2", { ...nothing, v2: [one], v3: [other] }, null],
    ["v3 has another than v1", { ...nothing, v1: [one], v3: [other] }, null],
    ["v3 has two without a past", { ...nothing, v2: [one], v3: [one, other] }, null],
    ["v2 has two, v3 one of them", { ...nothing, v2: [one, other], v3: [one] }, null],
    [
      "v3's past begins elsewhere than v2",
      { ...nothing, v2: [keys.second.certificate], v3: [keys.second.certificate] },
      past,
    ],
  ])("disagree where %s", (_, schemes, lineage) => {
    expect(checkSignersAgree(schemes, lineage)?.code).toBe("apk_signers_disagree");
  });
});
