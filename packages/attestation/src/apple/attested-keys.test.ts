import { createECDH } from "node:crypto";
import { expect, test } from "vitest";
import { makeKey, pointOf } from "../../../asn1/src/made/certificate.suite.ts";
import { flip } from "../../../asn1/src/made/flip.suite.ts";
import { assertionExpectations, attestedKey as key, makeAssertion } from "../made/app-attest.suite.ts";
import { verifyAppAttestAssertion } from "./assertion.ts";
import { attestedKey } from "./attested-keys.ts";

test("imports a point once while it is used, and each of 1,100 others apart", () => {
  const point = pointOf(key);
  const imported = attestedKey(point);
  expect(attestedKey(point.slice())).toBe(imported);
  for (let count = 0; count < 1100; count += 1) {
    const exchange = createECDH("prime256v1");
    expect(attestedKey(new Uint8Array(exchange.generateKeys()))).not.toBe(imported);
  }
  expect(attestedKey(point)).not.toBe(imported);
});

test("gives no key for a point off its curve, a compressed one, or any other length", () => {
  const point = pointOf(key);
  for (const bytes of [flip(point, 40), flip(point, 0), point.subarray(1), new Uint8Array(65), new Uint8Array()])
    expect(attestedKey(bytes)).toBeNull();
});

test("refuses an assertion under another key, though its own key is imported", () => {
  const given = assertionExpectations(makeAssertion());
  expect(verifyAppAttestAssertion(given)).toMatchObject({ ok: true });
  expect(verifyAppAttestAssertion({ ...given, publicKey: pointOf(makeKey()) })).toMatchObject({
    reason: "assertion_invalid",
  });
});
