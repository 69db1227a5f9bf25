import { encode } from "cborg";
import { describe, expect, test } from "vitest";
import { makeKey, pointOf } from "../../../asn1/src/made/certificate.suite.ts";
import * as made from "../made/app-attest.suite.ts";
import {
  type AssertionExpectations,
  appraiseAssertion,
  assertionRules,
  verifyAppAttestAssertion,
} from "./assertion.ts";

type Changes = Partial<AssertionExpectations>;

function verify(assertion: Uint8Array, changes: Changes = {}) {
  return verifyAppAttestAssertion({ ...made.assertionExpectations(assertion), ...changes });
}

function failures(assertion: Uint8Array, changes: Changes = {}): readonly string[] {
  const { checks } = verify(assertion, changes);
  return checks.filter(({ result }) => result === "fail").map(({ reason }) => reason);
}

const ios27 = encode({ apple_bundle_version_01: "12", apple_validation_category_01: Uint8Array.of(4, 0, 0, 0) });

test("accepts an assertion whose counter rose, with and without iOS 27's map", () => {
  expect(verify(made.makeAssertion()).facts).toMatchObject({ appId: made.appId, counter: 5, flags: 0x40 });
  const result = verify(made.makeAssertion({ flags: 0xc0, trailing: ios27 }));
  expect(result.ok).toBe(true);
  expect(result.facts).toMatchObject({ bundleVersion: "12", validationCategory: 4 });
});

test("reads the counter as unsigned", () => {
  expect(verify(made.makeAssertion({ counter: 0xffffffff }), { counter: 0xfffffffe }).ok).toBe(true);
});

/** An assertion that one rule alone keeps from being accepted: without that rule's check it would pass. */
const soleObstacles: readonly [string, string, Uint8Array, Changes][] = [
  ["another key's signature", "assertion_invalid", made.makeAssertion({ signer: makeKey() }), {}],
  [
    "a signature over other client data",
    "assertion_invalid",
    made.makeAssertion({ clientDataHash: new Uint8Array(32) }),
    {},
  ],
  ["a key that is no point", "assertion_invalid", made.makeAssertion(), { publicKey: new Uint8Array(65) }],
  ["a key that is off the curve", "assertion_invalid", made.makeAssertion(), { publicKey: new Uint8Array(65).fill(4) }],
  ["another App ID", "app_id_mismatch", made.makeAssertion({ appId: "A1B2C3D4E5.com.example.other" }), {}],
  ["no registered App ID", "app_id_mismatch", made.makeAssertion(), { appIds: [] }],
  ["a counter that is the last one seen", "counter_stale", made.makeAssertion(), { counter: 5 }],
  ["a counter that was rolled back", "counter_stale", made.makeAssertion(), { counter: 6 }],
  ["a last counter that is no number", "counter_stale", made.makeAssertion(), { counter: Number.NaN }],
  ["flags that no device sends", "flags_unexpected", made.makeAssertion({ flags: 0x01 }), {}],
];

describe("refuses, for this reason and no other,", () => {
  test.each(soleObstacles)("%s: %s", (_, expected, assertion, changes) => {
    expect(verify(assertion, changes).ok).toBe(false);
    expect(failures(assertion, changes)).toEqual([expected]);
  });

  test("a key id that is another key's, in the doctor", () => {
    const given = { ...made.assertionExpectations(made.makeAssertion()), keyId: new Uint8Array(32) };
    expect(appraiseAssertion(given)).toMatchObject({ ok: false, reason: "key_id_mismatch" });
  });
});

describe("refuses as malformed", () => {
  test.each([
    ["nothing", new Uint8Array()],
    ["a signature alone", encode({ signature: Buffer.of(1) })],
    ["one member more", encode({ signature: Buffer.of(1), authenticatorData: Buffer.alloc(37), more: 1 })],
    ["text for bytes", encode({ signature: "s", authenticatorData: Buffer.alloc(37) })],
    ["authenticator data that is cut off", encode({ signature: Buffer.of(1), authenticatorData: Buffer.alloc(36) })],
    ["bytes after the header that are no map", made.makeAssertion({ trailing: Uint8Array.of(0) })],
    ["two maps after the header", made.makeAssertion({ trailing: Buffer.concat([ios27, ios27]) })],
    ["bytes after the end", Buffer.concat([made.makeAssertion(), Buffer.of(0)])],
    ["more bytes than any", new Uint8Array(5000)],
  ])("%s", (_, bytes) => {
    expect(verify(new Uint8Array(bytes))).toMatchObject({ ok: false, reason: "evidence_malformed", facts: null });
  });
});

test("accepts nothing where no key or no client data was given, and says that the signature was not evaluated", () => {
  const given = { ...made.assertionExpectations(made.makeAssertion()), keyId: null };
  for (const missing of [{ publicKey: null }, { clientDataHash: null }]) {
    const result = appraiseAssertion({ ...given, ...missing });
    expect(result).toMatchObject({ ok: false, reason: "assertion_invalid" });
    expect(result.checks.find(({ name }) => name === "signature")?.result).toBe("not_evaluated");
  }
});

test("tests every reason", () => {
  const tested = new Set([...soleObstacles.map(([, expected]) => expected), "evidence_malformed", "key_id_mismatch"]);
  expect(tested).toEqual(new Set(assertionRules.map((rule) => rule.reason)));
});

test("holds an assertion against the point of its attested key", () => {
  expect(verify(made.makeAssertion(), { publicKey: pointOf(makeKey()) })).toMatchObject({
    ok: false,
    reason: "assertion_invalid",
  });
});
