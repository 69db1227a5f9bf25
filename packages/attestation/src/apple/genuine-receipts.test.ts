import { describe, expect, test } from "vitest";
import { flip } from "../../../asn1/src/made/flip.suite.ts";
import { isoTime } from "../iso-time.ts";
import { attestationVectors, receiptVectors, withoutVectors } from "../made/vectors.suite.ts";
import { appleReceiptAnchors } from "./anchors.ts";
import { parseAttestationObject } from "./attestation-object.ts";
import { type ReceiptExpectations, verifyAppAttestReceipt } from "./receipt.ts";

const dayMs = 86_400_000;
const receipts = receiptVectors();

/** A leaf begins the day before its attestation. */
const attested: readonly ReceiptExpectations[] = attestationVectors().map((vector) => ({
  receipt: parseAttestationObject(vector.attestation)?.receipt ?? new Uint8Array(),
  appIds: [vector.appId],
  publicKey: vector.publicKey,
  environment: vector.environment,
  clientDataHash: vector.clientDataHash,
  anchors: appleReceiptAnchors,
  nowMs: vector.nowMs + dayMs,
  fresh: true,
}));

function alone(vector: (typeof receipts)[number], changes: Partial<ReceiptExpectations> = {}) {
  const { receipt, appId, publicKey, nowMs } = vector;
  const anchors = appleReceiptAnchors;
  const given = { receipt, appIds: [appId], publicKey, anchors, nowMs, environment: null, clientDataHash: null };
  return verifyAppAttestReceipt({ ...given, fresh: vector.properties.type === "ATTEST", ...changes });
}

describe.skipIf(withoutVectors)("genuine App Attest receipts (shared vectors)", () => {
  test("accepts the receipts of all 12 attestations within their five minutes, with every check evaluated", () => {
    expect(attested.length).toBe(12);
    for (const given of attested) {
      const result = verifyAppAttestReceipt(given);
      expect(result.checks.map((check) => check.result)).toEqual(result.checks.map(() => "pass"));
      expect(result).toMatchObject({ ok: true, facts: { type: "ATTEST", riskMetric: null, notBeforeMs: null } });
    }
  });

  test("refuses the same 12 ten minutes later as not fresh, and once their signer or they themselves have ended", () => {
    for (const given of attested) {
      const { nowMs } = given;
      expect(verifyAppAttestReceipt({ ...given, nowMs: nowMs + 600_000 })).toMatchObject({
        reason: "receipt_not_fresh",
      });
      const muchLater = verifyAppAttestReceipt({ ...given, nowMs: nowMs + 800 * dayMs, fresh: false });
      expect(muchLater).toMatchObject({ ok: false, reason: "certificate_expired" });
      const failed = muchLater.checks.filter((check) => check.result === "fail").map((check) => check.name);
      expect(failed).toEqual(["receipt_not_after", "receipt_expiration"]);
    }
  });

  test("refuses every receipt beside another's attestation", () => {
    for (const [index, given] of attested.entries()) {
      const receipt = attested[(index + 1) % attested.length]?.receipt ?? new Uint8Array();
      const result = verifyAppAttestReceipt({ ...given, receipt });
      const failed = result.checks.filter((check) => check.result === "fail").map((check) => check.reason);
      expect(failed).toContain("public_key_mismatch");
    }
  });

  test("accepts the seven receipts that stand alone, one of them in DER, and reads every field as it is known", () => {
    expect(receipts.map(({ properties }) => properties.type).toSorted()).toEqual([
      ...Array<string>(2).fill("ATTEST"),
      ...Array<string>(5).fill("RECEIPT"),
    ]);
    for (const vector of receipts) {
      const result = alone(vector);
      expect(result.ok).toBe(true);
      const { facts } = result;
      const time = (ms: number | null | undefined) => (ms == null ? "" : new Date(ms).toISOString());
      expect({
        type: facts?.type,
        environment: facts?.environment === "development" ? "sandbox" : facts?.environment,
        token: facts?.token,
        clientHashBase64: Buffer.from(facts?.clientDataHash ?? []).toString("base64"),
        creationTime: time(facts?.createdAtMs),
        expirationTime: time(facts?.expiresAtMs),
        notBefore: time(facts?.notBeforeMs),
        riskMetric: facts?.riskMetric == null ? "" : String(facts.riskMetric),
      }).toEqual(vector.properties);
    }
  });

  test("reads the risk metric 3 of the newest receipt, and that it may be renewed a day after", () => {
    const renewed = receipts.at(-1);
    const facts = renewed && alone(renewed).facts;
    expect(facts?.riskMetric).toBe(3);
    expect(isoTime(facts?.notBeforeMs ?? 0)).toBe("2021-01-24T12:26:41.564Z");
  });

  test("refuses any changed byte of an attested and of a renewed receipt", () => {
    const [first, renewed] = [attested.at(-1), receipts.find(({ properties }) => properties.type === "RECEIPT")];
    if (first === undefined || renewed === undefined) throw new Error("no vector");
    for (let index = 0; index < first.receipt.length; index += 1) {
      const changed = verifyAppAttestReceipt({ ...first, receipt: flip(first.receipt, index) });
      expect(changed.ok, `byte ${index}`).toBe(false);
    }
    for (let index = 0; index < renewed.receipt.length; index += 1) {
      expect(alone(renewed, { receipt: flip(renewed.receipt, index) }).ok, `byte ${index}`).toBe(false);
    }
  });

  test("refuses every receipt that is cut off", () => {
    for (const given of attested.slice(0, 1)) {
      for (let length = 0; length < given.receipt.length; length += 13) {
        const result = verifyAppAttestReceipt({ ...given, receipt: given.receipt.subarray(0, length) });
        expect(result).toMatchObject({ ok: false, reason: "receipt_malformed" });
      }
    }
  });
});
