import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { EnrolledKey } from "@countersign/client";
import { createRawInstance, type RawInstance, type VirtualDevice } from "@countersign/virtual-device";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLeaks } from "../../../../../testing/leak-detector.ts";
import { type AppleServer, startAppleServer } from "../../vendors/apple/apple-server.suite.ts";
import { appId, type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";

const dayMs = 86_400_000;
const actor = { id: "lab", name: "lab" };
const privateKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();

let lab: DeviceLab;
let apple: AppleServer;
beforeEach(async () => {
  apple = await startAppleServer();
  const origins = { production: apple.origin, development: apple.origin };
  lab = await openDeviceLab({ appleServers: { receipts: origins, deviceCheck: origins } });
});
afterEach(async () => {
  await lab.close();
  await apple.close();
});

const giveKey = () =>
  lab.service().domain.admin.setVendor(actor, lab.project, "apple-devicecheck", {
    teamId: "ABCDE12345",
    keyId: "KEY1234567",
    privateKey,
  });

/** Where the receipt lies in an attestation object: a byte string with two bytes of length, under its name. */
function receiptIn(attestation: Uint8Array): { readonly at: number; readonly receipt: Uint8Array } {
  const bytes = Buffer.from(attestation);
  const at = bytes.indexOf("receipt") + 7;
  return { at, receipt: attestation.subarray(at + 3, at + 3 + bytes.readUInt16BE(at + 1)) };
}

function withReceipt(attestation: Uint8Array, receipt: Uint8Array): Uint8Array {
  const { at, receipt: old } = receiptIn(attestation);
  const head = receipt.length === 0 ? Buffer.of(0x40) : Buffer.of(0x59, receipt.length >> 8, receipt.length & 0xff);
  return Buffer.concat([attestation.subarray(0, at), head, receipt, attestation.subarray(at + 3 + old.length)]);
}

function attestationOf(key: EnrolledKey): Uint8Array {
  const [evidence] = key.evidence;
  if (evidence?.type !== "apple") throw new TypeError("an iPhone brings an attestation");
  return Buffer.from(evidence.attestation, "base64url");
}

/** An instance that puts another receipt into its attestation. */
function tampering(device: VirtualDevice, change: (receipt: Uint8Array) => Promise<Uint8Array>): RawInstance {
  const makeKey = async (challenge: Uint8Array): Promise<EnrolledKey> => {
    const key = await device.keys.enrol(challenge);
    const attestation = attestationOf(key);
    const changed = withReceipt(attestation, await change(receiptIn(attestation).receipt));
    const evidence = key.evidence.map((item) => ({ ...item, attestation: Buffer.from(changed).toString("base64url") }));
    return { ...key, evidence };
  };
  return createRawInstance({ configuration: lab.configuration, device, exchange: lab.exchange, makeKey });
}

/** Apple's server: renews the receipt that it is sent, with this metric. */
function renewing(instance: RawInstance, riskMetric: number) {
  return () => {
    const x5c = Buffer.from(attestationOf(instance.key()));
    const at = x5c.indexOf("x5c") + 4;
    const leaf = x5c.subarray(at + 3, at + 3 + x5c.readUInt16BE(at + 1));
    const receipt = lab.authority.apple.receipts.issue({
      appId,
      leaf,
      clientDataHash: randomBytes(32),
      environment: "production",
      token: randomBytes(64),
      nowMs: lab.nowMs(),
      renewal: { riskMetric, notBeforeMs: lab.nowMs() + dayMs },
    });
    return { status: 200, body: Buffer.from(receipt).toString("base64") };
  };
}

const idOf = async () => {
  const { store } = lab.service().domain.device;
  const [kept] = await store.receipts.claimDue(lab.project, lab.nowMs() + 1000, 1, lab.nowMs() + 1000);
  return kept?.instance ?? null;
};
const failed = async (arc: string | null) =>
  (await lab.trace(arc)).checks.filter((check) => check.result === "fail").map((check) => check.name);

describe("the receipt beside an attestation", () => {
  it("is judged with it, and kept where nobody can read it", async () => {
    const instance = lab.instanceOf(lab.iphone());
    const answer = await instance.enrol();
    expect(answer.session?.verdict).toBe("trusted");
    const names = (await lab.trace(answer.arc)).checks.filter(({ name }) => name.startsWith("receipt_"));
    expect(names.map(({ name, result }) => `${name} ${result}`)).toContain("receipt_public_key pass");
    expect(names.every(({ result }) => result === "pass")).toBe(true);
    const id = await idOf();
    const kept = id && (await lab.service().domain.device.store.receipts.get(lab.project, id));
    const token = receiptIn(attestationOf(instance.key())).receipt.subarray(-100);
    expect(kept).toMatchObject({ riskMetric: null });
    expect(findLeaks(Buffer.from(JSON.stringify(kept)), Buffer.from(token).toString("base64"))).toEqual([]);
  });

  it("may be missing or spoilt: a finding, and nothing is kept to be renewed", async () => {
    for (const receipt of [new Uint8Array(), randomBytes(5000)]) {
      const answer = await tampering(lab.iphone(), async () => receipt).enrol();
      expect(answer.session?.verdict).toBe("trusted");
      expect(await failed(answer.arc)).toEqual(["receipt_structure"]);
      expect(await idOf()).toBeNull();
    }
  });

  it("refuses the attestation where it is another device's", async () => {
    const other = receiptIn(attestationOf(await lab.iphone().keys.enrol(randomBytes(60)))).receipt;
    const answer = await tampering(lab.iphone(), async () => other).enrol();
    expect(answer.session).toBeNull();
    expect(await lab.trace(answer.arc)).toMatchObject({ verdict: "refused", reasons: ["public_key_mismatch"] });
  });

  it("is not renewed without the operator's key", async () => {
    await lab.instanceOf(lab.iphone()).enrol();
    await lab.service().domain.renewReceipts();
    expect(apple.seen).toEqual([]);
  });
});

describe("the risk metric", () => {
  it("is asked for with the operator's key, shown at the next session, and demanded only where a project says so", async () => {
    await giveKey();
    const instance = lab.instanceOf(lab.iphone());
    await instance.enrol();
    apple.reply(renewing(instance, 12));
    await lab.service().domain.renewReceipts();
    expect(apple.seen.map(({ path }) => path)).toEqual(["/v1/attestationData"]);
    expect(Buffer.from(apple.seen[0]?.body ?? "", "base64")).toEqual(
      Buffer.from(receiptIn(attestationOf(instance.key())).receipt),
    );

    const shown = await instance.session();
    expect(shown.session?.verdict).toBe("trusted");
    const metric = (await lab.trace(shown.arc)).checks.find(({ name }) => name === "apple_risk_metric");
    expect(metric).toMatchObject({ result: "not_evaluated", found: "12 keys in 30 days" });

    await lab.change({ maxRiskMetric: 10 });
    const refused = await instance.session();
    expect(refused.session).toBeNull();
    expect(await lab.trace(refused.arc)).toMatchObject({ reasons: ["risk_metric_too_high"] });
  });

  it("is known again after a start", async () => {
    await giveKey();
    const instance = lab.instanceOf(lab.iphone());
    await instance.enrol();
    apple.reply(renewing(instance, 12));
    await lab.service().domain.renewReceipts();
    await lab.restart();
    await lab.change({ maxRiskMetric: 10 });
    const challenge = await lab.exchange.challenge(lab.project);
    expect(await failed((await instance.session({ challenge })).arc)).toEqual(["apple_risk_metric"]);
  });

  it("keeps no session waiting while Apple's server does not answer", async () => {
    await giveKey();
    const instance = lab.instanceOf(lab.iphone());
    await instance.enrol();
    const reached = new Promise<void>((resolve) => {
      apple.reply(() => {
        resolve();
        return "never";
      });
    });
    const renewing = lab.service().domain.renewReceipts();
    await reached;
    expect((await instance.session()).session?.verdict).toBe("trusted");
    await apple.close();
    await renewing;
    apple = await startAppleServer();
  });

  it("tells the log what stands in the way, without key and token", async () => {
    await giveKey();
    await lab.instanceOf(lab.iphone()).enrol();
    apple.reply({ status: 401, body: "Unable to verify authorization token" });
    await lab.service().domain.renewReceipts();
    const told = lab.lines.filter((line) => line.includes("receipts_wait"));
    expect(told.length).toBe(1);
    expect(told[0]).toContain('"status":"unauthorized"');
    const all = Buffer.from(lab.lines.join("\n"));
    const token = String(apple.seen[0]?.headers.authorization);
    for (const secret of [privateKey.slice(60, 100), token]) expect(findLeaks(all, secret)).toEqual([]);
  });
});

it("demands the App Store where a project says so", async () => {
  await lab.change({ requiredCategories: [4] });
  const store = lab.instanceOf(lab.iphone({ ios: "27", validationCategory: 4 }));
  expect((await store.enrol()).session?.verdict).toBe("trusted");
  for (const device of [lab.iphone({ ios: "27", validationCategory: 2 }), lab.iphone({ ios: "18" })]) {
    const answer = await lab.instanceOf(device).enrol();
    expect(await lab.trace(answer.arc)).toMatchObject({ reasons: ["distribution_not_allowed"] });
  }
});
