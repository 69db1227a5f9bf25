import { encode } from "cborg";
import { describe, expect, test } from "vitest";
import { makeKey, pointOf } from "../../../asn1/src/made/certificate.suite.ts";
import { octets, sequence } from "../../../asn1/src/made/der-writer.suite.ts";
import * as made from "../made/app-attest.suite.ts";
import { appAttestRules, appraiseAttestation, verifyAppAttestAttestation } from "./attestation.ts";
import { peekAppAttestKey } from "./attestation-object.ts";
import type { AppAttestExpectations } from "./expectations.ts";

type Changes = Partial<AppAttestExpectations>;

function verify(attestation: Uint8Array, changes: Changes = {}) {
  return verifyAppAttestAttestation({ ...made.expectations(attestation), ...changes });
}

function failures(attestation: Uint8Array, changes: Changes = {}): readonly string[] {
  const { checks } = verify(attestation, changes);
  return checks.filter(({ result }) => result === "fail").map(({ reason }) => reason);
}

function reason(attestation: Uint8Array): string | null {
  const result = verify(attestation);
  return result.ok ? null : result.reason;
}

const ios27 = { apple_bundle_version_01: "12", apple_validation_category_01: Uint8Array.of(4, 0, 0, 0) };
const trailing = encode(ios27);
const otherKey = makeKey();

describe("accepts", () => {
  test("an attestation before iOS 27", () => {
    const result = verify(made.makeAttestation());
    expect(result.ok).toBe(true);
    expect(result.facts).toMatchObject({
      appId: made.appId,
      environment: "production",
      bundleVersion: null,
      validationCategory: null,
    });
  });

  test("an iOS 27 attestation with its map, whether or not the extension flag is set", () => {
    for (const flags of [0x40, 0xc0]) {
      const result = verify(made.makeAttestation({ flags, trailing }));
      expect(result.ok).toBe(true);
      expect(result.facts).toMatchObject({ bundleVersion: "12", validationCategory: 4 });
    }
  });

  test("a map with members this release does not know", () => {
    expect(verify(made.makeAttestation({ trailing: encode({ ...ios27, later: 1 }) })).ok).toBe(true);
  });

  test("a leaf on the first and on the last moment of its dates", () => {
    const attestation = made.makeAttestation({ leafNotBeforeMs: made.nowMs, leafNotAfterMs: made.nowMs });
    expect(verify(attestation).ok).toBe(true);
  });

  test("the development environment where it counts", () => {
    const attestation = made.makeAttestation({ aaguid: "appattestdevelop" });
    expect(verify(attestation, { environments: ["production", "development"] }).ok).toBe(true);
  });

  test("what was not given, for the doctor, and reports it as not evaluated", () => {
    const nothing = { keyId: null, clientDataHash: null, appIds: null, environments: null, publicKey: null };
    const { ok, checks } = appraiseAttestation({ ...made.expectations(made.makeAttestation()), ...nothing });
    expect(ok).toBe(true);
    const open = checks.filter(({ result }) => result === "not_evaluated").map(({ name }) => name);
    expect(open).toEqual(["nonce", "key_id", "app_id", "environment"]);
  });
});

/** Evidence that one rule alone keeps from being accepted: without that rule's check it would pass. */
const soleObstacles: readonly [string, string, Uint8Array, Changes][] = [
  ["a chain to another root", "chain_untrusted", made.makeAttestation(), { anchors: [] }],
  ["a leaf that the intermediate did not sign", "chain_untrusted", made.makeAttestation({ leafSigner: otherKey }), {}],
  ["a leaf that names another issuer", "chain_untrusted", made.makeAttestation({ leafIssuer: "other" }), {}],
  ["an intermediate that is no CA", "chain_untrusted", made.makeAttestation({ intermediateIsNoAuthority: true }), {}],
  [
    "a leaf before its beginning",
    "certificate_not_yet_valid",
    made.makeAttestation({ leafNotBeforeMs: made.nowMs + 1000 }),
    {},
  ],
  ["a leaf after its end", "certificate_expired", made.makeAttestation({ leafNotAfterMs: made.nowMs - 1000 }), {}],
  ["other client data", "nonce_mismatch", made.makeAttestation(), { clientDataHash: new Uint8Array(32) }],
  [
    "a nonce in another wrapping",
    "nonce_mismatch",
    made.makeAttestation({ nonceExtension: sequence(octets(new Uint8Array(32))) }),
    {},
  ],
  ["another App ID", "app_id_mismatch", made.makeAttestation({ appId: "A1B2C3D4E5.com.example.other" }), {}],
  ["no registered App ID", "app_id_mismatch", made.makeAttestation(), { appIds: [] }],
  ["a counter above zero", "counter_not_zero", made.makeAttestation({ counter: 1 }), {}],
  [
    "the development environment where production is required",
    "environment_mismatch",
    made.makeAttestation({ aaguid: "appattestdevelop" }),
    {},
  ],
  [
    "an aaguid that only begins like production's",
    "environment_mismatch",
    made.makeAttestation({ aaguid: "appattest\0\0\0\0\0\0\x01" }),
    {},
  ],
  ["no environment that counts", "environment_mismatch", made.makeAttestation(), { environments: [] }],
  ["another credential id", "credential_id_mismatch", made.makeAttestation({ credentialId: new Uint8Array(32) }), {}],
  ["another key in the authenticator data", "public_key_mismatch", made.makeAttestation({ coseKey: otherKey }), {}],
  ["flags that no device sends", "flags_unexpected", made.makeAttestation({ flags: 0x41 }), {}],
];

describe("refuses, for this reason and no other,", () => {
  test.each(soleObstacles)("%s: %s", (_, expected, attestation, changes) => {
    expect(verify(attestation, changes).ok).toBe(false);
    expect(failures(attestation, changes)).toEqual([expected]);
  });

  test("another key id than the certified key's", () => {
    const keyId = new Uint8Array(32).fill(9);
    expect(failures(made.makeAttestation({ credentialId: keyId }), { keyId })).toEqual(["key_id_mismatch"]);
  });

  test("an announced key that is another, in the doctor", () => {
    const given = { ...made.expectations(made.makeAttestation()), publicKey: pointOf(otherKey) };
    expect(appraiseAttestation(given)).toMatchObject({ ok: false, reason: "public_key_mismatch" });
  });
});

describe("refuses as malformed", () => {
  const genuine = {
    fmt: "apple-appattest",
    attStmt: { x5c: [], receipt: Buffer.of(1) },
    authData: made.makeAuthenticatorData(),
  };
  test.each([
    ["nothing", new Uint8Array()],
    ["a map of nothing", encode({})],
    ["another format", encode({ ...genuine, fmt: "packed" })],
    ["one member more", encode({ ...genuine, more: 1 })],
    ["a statement with one member more", encode({ ...genuine, attStmt: { ...genuine.attStmt, more: 1 } })],
    ["certificates that are text", encode({ ...genuine, attStmt: { x5c: ["a", "b"], receipt: Buffer.of(1) } })],
    [
      "certificates that are none",
      encode({ ...genuine, attStmt: { x5c: [Buffer.of(1), Buffer.of(2)], receipt: Buffer.of(1) } }),
    ],
    ["a receipt that is text", encode({ ...genuine, attStmt: { x5c: [], receipt: "r" } })],
    ["authenticator data that is text", encode({ ...genuine, authData: "a" })],
    ["bytes after the end", Buffer.concat([made.makeAttestation(), Buffer.of(0)])],
    ["authenticator data that is cut off", encode({ ...genuine, authData: genuine.authData.subarray(0, 163) })],
    ["bytes after the credential key that are no map", made.makeAttestation({ trailing: Uint8Array.of(0) })],
    ["two maps after the credential key", made.makeAttestation({ trailing: Buffer.concat([trailing, trailing]) })],
    ["a bundle version that is a number", made.makeAttestation({ trailing: encode({ apple_bundle_version_01: 1 }) })],
    [
      "a validation category of five bytes",
      made.makeAttestation({ trailing: encode({ apple_validation_category_01: new Uint8Array(5) }) }),
    ],
    ["more bytes than any", new Uint8Array(41 * 1024)],
  ])("%s", (_, bytes) => {
    expect(reason(new Uint8Array(bytes))).toBe("evidence_malformed");
    expect(verify(new Uint8Array(bytes)).facts).toBeNull();
  });

  test("a credential id of another length", () => {
    const authData = made.makeAuthenticatorData();
    authData[54] = 31;
    expect(reason(encode({ ...genuine, authData }))).toBe("evidence_malformed");
  });
});

test("refuses one certificate, or three", () => {
  expect(reason(made.makeAttestation({ certificates: 1 }))).toBe("chain_length");
  expect(reason(made.makeAttestation({ certificates: 3 }))).toBe("chain_length");
});

test("reports every failure, and the first in the documented order as the reason", () => {
  const attestation = made.makeAttestation({
    counter: 3,
    aaguid: "appattestdevelop",
    leafNotAfterMs: made.nowMs - 1000,
  });
  expect(failures(attestation)).toEqual(["certificate_expired", "counter_not_zero", "environment_mismatch"]);
  expect(reason(attestation)).toBe("certificate_expired");
});

test("tests every reason", () => {
  const elsewhere = ["evidence_malformed", "chain_length", "key_id_mismatch"];
  const tested = new Set([...soleObstacles.map(([, expected]) => expected), ...elsewhere]);
  expect(tested).toEqual(new Set(appAttestRules.map((rule) => rule.reason)));
});

test("peeks at the attested point, and answers null for everything else", () => {
  expect(peekAppAttestKey(made.makeAttestation())).toEqual(pointOf(made.attestedKey));
  expect(peekAppAttestKey(new Uint8Array(10))).toBeNull();
});
