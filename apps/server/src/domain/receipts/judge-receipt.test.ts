import { describe, expect, it } from "vitest";
import { type AttestedReceipt, judgeReceipt } from "./judge-receipt.ts";
import { appId, clientDataHash, furtherAnchors, issueReceipt, newReceiptDevice, nowMs } from "./receipt-lab.suite.ts";

const device = newReceiptDevice();
const judge = (receipt: Uint8Array, changes: Partial<AttestedReceipt> = {}) =>
  judgeReceipt({
    receipt,
    appId,
    attestedKey: device.point,
    environment: "production",
    clientDataHash,
    furtherAnchors,
    nowMs,
    ...changes,
  });
const failed = (judged: ReturnType<typeof judgeReceipt>) =>
  judged.checks.filter((check) => check.result === "fail").map((check) => check.reason);

it("keeps a receipt that stands beside its attestation, to be renewed from its creation on", () => {
  const judged = judge(issueReceipt(device));
  expect(failed(judged)).toEqual([]);
  expect(judged).toMatchObject({ refusal: null, renewAfterMs: nowMs });
});

describe("refuses, because Apple's own word contradicts the attestation,", () => {
  it.each([
    ["another key", "public_key_mismatch", issueReceipt(newReceiptDevice())],
    ["another app", "app_id_mismatch", issueReceipt(device, { appId: "A1B2C3D4E5.com.example.other" })],
    ["the other environment", "environment_mismatch", issueReceipt(device, { environment: "development" })],
    ["another challenge", "challenge_mismatch", issueReceipt(device, { clientDataHash: new Uint8Array(32) })],
    [
      "a renewed receipt",
      "receipt_type_unexpected",
      issueReceipt(device, { renewal: { riskMetric: 1, notBeforeMs: nowMs } }),
    ],
  ])("%s: %s", (_, reason, receipt) => {
    expect(judge(receipt)).toMatchObject({ refusal: reason, renewAfterMs: null });
  });
});

describe("finds, and refuses nothing for,", () => {
  const altered = issueReceipt(device);
  altered[altered.length - 12] = (altered[altered.length - 12] ?? 0) ^ 1;
  it.each([
    ["no receipt", "receipt_malformed", new Uint8Array()],
    ["bytes that are none", "receipt_malformed", new Uint8Array(100).fill(0x30)],
    ["an altered receipt", "receipt_signature_invalid", altered],
  ])("%s: %s", (_, reason, receipt) => {
    const judged = judge(receipt);
    expect(judged).toMatchObject({ refusal: null, renewAfterMs: null });
    expect(failed(judged)).toEqual([reason]);
  });

  it("a receipt of another root, whatever it says", () => {
    const judged = judge(issueReceipt(newReceiptDevice()), { furtherAnchors: [] });
    expect(judged).toMatchObject({ refusal: null, renewAfterMs: null });
    expect(failed(judged)).toContain("chain_untrusted");
  });

  it("one that is older than five minutes, which is kept", () => {
    const judged = judge(issueReceipt(device), { nowMs: nowMs + 400_000 });
    expect(failed(judged)).toEqual(["receipt_not_fresh"]);
    expect(judged).toMatchObject({ refusal: null, renewAfterMs: nowMs });
  });

  it("one that has expired, which is not kept", () => {
    const judged = judge(issueReceipt(device), { nowMs: nowMs + 91 * 86_400_000 });
    expect(failed(judged)).toEqual(["receipt_not_fresh", "receipt_expired"]);
    expect(judged).toMatchObject({ refusal: null, renewAfterMs: null });
  });
});
