import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flip, offsetOf } from "../../../asn1/src/made/flip.suite.ts";
import { type AttestationVector, assertionVectors, attestationVectors, withoutVectors } from "../made/vectors.suite.ts";
import { appleAppAttestAnchors } from "./anchors.ts";
import { verifyAppAttestAssertion } from "./assertion.ts";
import { verifyAppAttestAttestation } from "./attestation.ts";
import { parseAttestationObject, peekAppAttestKey } from "./attestation-object.ts";

const today = Date.parse("2026-11-22T00:00:00Z");
const attestations = attestationVectors();
const assertions = assertionVectors();

function verify(vector: AttestationVector, changes: Partial<Parameters<typeof verifyAppAttestAttestation>[0]> = {}) {
  const { attestation, keyId, clientDataHash, appId, environment, nowMs } = vector;
  const given = { attestation, keyId, clientDataHash, nowMs, appIds: [appId], environments: [environment] };
  return verifyAppAttestAttestation({ ...given, anchors: appleAppAttestAnchors, ...changes });
}

describe.skipIf(withoutVectors)("genuine App Attest evidence (shared vectors)", () => {
  test("accepts 12 of 12 attestations at their dates, and reads their keys", () => {
    expect(attestations.length).toBe(12);
    for (const vector of attestations) {
      const result = verify(vector);
      expect(result.ok).toBe(true);
      expect(result.facts).toMatchObject({
        appId: vector.appId,
        environment: vector.environment,
        osVersion: vector.osVersion,
      });
      expect(result.facts?.publicKey).toEqual(vector.publicKey);
      expect(peekAppAttestKey(vector.attestation)).toEqual(vector.publicKey);
    }
  });

  test("refuses the same 12 today, because their leaves have ended", () => {
    for (const vector of attestations) {
      expect(verify(vector, { nowMs: today })).toMatchObject({ ok: false, reason: "certificate_expired" });
    }
  });

  test("refuses genuine development evidence where production is required, for that alone", () => {
    const development = attestations.filter(({ environment }) => environment === "development");
    expect(development.length).toBe(10);
    for (const vector of development) {
      const result = verify(vector, { environments: ["production"] });
      expect(result).toMatchObject({ ok: false, reason: "environment_mismatch" });
      expect(result.checks.filter((check) => check.result === "fail").length).toBe(1);
    }
  });

  test("refuses genuine evidence for another challenge, App ID or key id", () => {
    for (const vector of attestations) {
      expect(verify(vector, { clientDataHash: new Uint8Array(32) })).toMatchObject({ reason: "nonce_mismatch" });
      expect(verify(vector, { appIds: ["A1B2C3D4E5.com.example"] })).toMatchObject({ reason: "app_id_mismatch" });
      expect(verify(vector, { keyId: new Uint8Array(32) })).toMatchObject({ reason: "key_id_mismatch" });
    }
  });

  test("reads iOS 27's bundle version and validation category", () => {
    const vector = attestations.find(({ osVersion }) => osVersion === "27.0");
    expect(vector && verify(vector).facts).toMatchObject({ bundleVersion: "1", validationCategory: 1 });
  });

  test("refuses any changed byte of the newest and the oldest attestation outside the receipt", () => {
    for (const vector of attestations.filter(({ osVersion }) => osVersion === "27.0" || osVersion === "14.2")) {
      const receipt = parseAttestationObject(vector.attestation)?.receipt ?? new Uint8Array();
      const start = offsetOf(vector.attestation, receipt);
      for (let index = 0; index < vector.attestation.length; index += 1) {
        if (index >= start && index < start + receipt.length) continue;
        expect(verify(vector, { attestation: flip(vector.attestation, index) }).ok, `byte ${index}`).toBe(false);
      }
    }
  });

  test("refuses any changed bit of every attestation outside the receipt", () => {
    const position = fc.tuple(fc.constantFrom(...attestations), fc.nat(), fc.nat(7));
    fc.assert(
      fc.property(position, ([vector, anywhere, bit]) => {
        const receipt = parseAttestationObject(vector.attestation)?.receipt ?? new Uint8Array();
        const start = offsetOf(vector.attestation, receipt);
        const outside = anywhere % (vector.attestation.length - receipt.length);
        const index = outside < start ? outside : outside + receipt.length;
        expect(verify(vector, { attestation: flip(vector.attestation, index, bit) }).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test("refuses every attestation that is cut off, and throws for none", () => {
    const [vector] = attestations;
    if (vector === undefined) throw new Error("no vector");
    for (let length = 0; length < vector.attestation.length; length += 7) {
      expect(verify(vector, { attestation: vector.attestation.slice(0, length) }).ok).toBe(false);
    }
  });

  test("accepts 10 of 10 assertions", () => {
    expect(assertions.length).toBe(10);
    for (const { appId, counter, ...vector } of assertions) {
      const result = verifyAppAttestAssertion({ ...vector, appIds: [appId], counter: counter - 1 });
      expect(result.ok).toBe(true);
      expect(result.facts).toMatchObject({ appId, counter, flags: 0x40 });
    }
  });

  test("refuses the same 10 a second time", () => {
    for (const { appId, counter, ...vector } of assertions) {
      const result = verifyAppAttestAssertion({ ...vector, appIds: [appId], counter });
      expect(result).toMatchObject({ ok: false, reason: "counter_stale" });
    }
  });

  test("refuses any changed byte of every assertion", () => {
    for (const { appId, assertion, ...vector } of assertions) {
      for (let index = 0; index < assertion.length; index += 1) {
        const changed = flip(assertion, index);
        const result = verifyAppAttestAssertion({ ...vector, assertion: changed, appIds: [appId], counter: 0 });
        expect(result.ok, `byte ${index}`).toBe(false);
      }
    }
  });
});
