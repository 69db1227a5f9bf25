import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMemoryLedger } from "../../ephemeral/memory-ledger.ts";
import { sampleKey, sampleProject, sampleSeed } from "../../store/record-samples.suite.ts";
import { openSqliteStore } from "../../store/sqlite-store.ts";
import { openFileVault } from "../../vault/file-vault.ts";
import type { AppAttestReceipts, ReceiptRenewal, RecordStore, Vault } from "../ports/index.ts";
import {
  appId,
  furtherAnchors,
  instanceOf,
  issueReceipt,
  newReceiptDevice,
  type ReceiptDevice,
  nowMs as startMs,
} from "./receipt-lab.suite.ts";
import { createReceiptRenewals, type RenewalDeps } from "./renew-receipts.ts";
import { createRiskMetrics, type RiskMetrics } from "./risk-metrics.ts";
import { openReceipt, sealReceipt } from "./sealed-receipt.ts";

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000];
const project = "p";

let folder: string;
let store: RecordStore;
let vault: Vault;
let riskMetrics: RiskMetrics;
let now: number;
let asked: { receipt: Uint8Array; environment: string }[];
let answer: (receipt: Uint8Array) => ReceiptRenewal;
let obstacles: string[];
const device = newReceiptDevice();
const first = issueReceipt(device);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "countersign-receipts-"));
  store = await openSqliteStore({ folder });
  vault = await openFileVault({ folder });
  riskMetrics = createRiskMetrics(store.receipts);
  [now, asked, obstacles] = [startMs, [], []];
  answer = () => ({ status: "unavailable" });
  await store.projects.create(sampleProject(project), sampleSeed(project), [sampleKey(project, "kid")]);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const apple: AppAttestReceipts = {
  refresh: async (receipt, environment) => {
    asked.push({ receipt, environment });
    return answer(receipt);
  },
};

function renewals(changes: Partial<RenewalDeps> = {}) {
  return createReceiptRenewals({
    store,
    vault,
    ledger: createMemoryLedger({ nowMs: () => now }),
    riskMetrics,
    projects: async () => [project],
    receiptsOf: async () => apple,
    furtherAnchorsOf: async () => furtherAnchors,
    clock: { nowMs: () => now },
    renewalsPerHour: 100,
    onObstacle: (of, status) => obstacles.push(`${of} ${status}`),
    ...changes,
  });
}

async function enrol(instance: string, of: ReceiptDevice = device): Promise<void> {
  await store.instances.put(instanceOf(of, project, instance));
  const receipt = sealReceipt(vault, { project, instance }, of === device ? first : issueReceipt(of));
  await store.receipts.add({ project, instance, receipt, riskMetric: null, renewAfterMs: now, updatedAtMs: now });
}

const kept = async (instance = "i") => {
  const held = await store.receipts.get(project, instance);
  if (held === null) throw new TypeError("no receipt");
  return held;
};
const renewed = (riskMetric: number, changes: Parameters<typeof issueReceipt>[1] = {}) =>
  issueReceipt(device, { nowMs: now, renewal: { riskMetric, notBeforeMs: now + dayMs }, ...changes });

describe("a receipt that is due", () => {
  it("is renewed with the one that is kept, at its environment, and the new one takes its place", async () => {
    await enrol("i");
    const next = renewed(7);
    answer = () => ({ status: "renewed", receipt: next });
    await renewals().run();
    expect(asked).toEqual([{ receipt: first, environment: "production" }]);
    const held = await kept();
    expect(openReceipt(vault, held, held.receipt)).toEqual(next);
    expect(held).toMatchObject({ riskMetric: 7, renewAfterMs: startMs + 7 * dayMs, updatedAtMs: startMs });
    expect(riskMetrics.of(project, "i")).toBe(7);
  });

  it("is not asked about again before its time, which Apple may put off", async () => {
    await enrol("i");
    answer = () => ({
      status: "renewed",
      receipt: renewed(1, { renewal: { riskMetric: 1, notBeforeMs: now + 9 * dayMs } }),
    });
    const job = renewals();
    await job.run();
    now += 9 * dayMs - 1;
    await job.run();
    expect(asked.length).toBe(1);
    now += 1;
    await job.run();
    expect(asked.length).toBe(2);
  });

  it("lies in its own row alone", async () => {
    await enrol("i");
    await enrol("j", newReceiptDevice());
    const [held, other] = [await kept(), await kept("j")];
    expect(() => openReceipt(vault, other, held.receipt)).toThrow();
  });
});

describe("an answer is taken for nothing, and asked for again a day later, where it is", () => {
  it.each<[string, () => Uint8Array]>([
    ["no receipt", () => randomBytes(100)],
    ["of another device", () => issueReceipt(newReceiptDevice(), { renewal: { riskMetric: 1, notBeforeMs: 0 } })],
    ["of another app", () => renewed(1, { appId: `${appId}.other` })],
    ["of the other environment", () => renewed(1, { environment: "development" })],
    ["the receipt of the attestation again", () => first],
    ["six minutes old", () => renewed(1, { nowMs: now - 6 * minuteMs })],
  ])("%s", async (_, receipt) => {
    await enrol("i");
    answer = () => ({ status: "renewed", receipt: receipt() });
    await renewals().run();
    const held = await kept();
    expect(openReceipt(vault, held, held.receipt)).toEqual(first);
    expect(held).toMatchObject({ riskMetric: null, renewAfterMs: startMs + dayMs });
    expect(riskMetrics.of(project, "i")).toBeNull();
  });

  it("under a root that only another project trusts", async () => {
    await enrol("i");
    answer = () => ({ status: "renewed", receipt: renewed(9) });
    await renewals({ furtherAnchorsOf: async () => [] }).run();
    expect((await kept()).riskMetric).toBeNull();
  });
});

describe("what Apple's server says", () => {
  it.each<[ReceiptRenewal, number | null]>([
    [{ status: "too_soon" }, startMs + dayMs],
    [{ status: "no_data" }, startMs + 7 * dayMs],
    [{ status: "refused" }, null],
  ])("of one receipt puts that one off: %o", async (said, renewAfterMs) => {
    await enrol("i");
    await enrol("j", newReceiptDevice());
    answer = () => said;
    await renewals().run();
    expect(asked.length).toBe(2);
    expect((await kept()).renewAfterMs).toBe(renewAfterMs);
    expect(obstacles).toEqual([]);
  });

  it("forgets the metric of a device that Apple has forgotten", async () => {
    await enrol("i");
    answer = () => ({ status: "renewed", receipt: renewed(8) });
    const job = renewals();
    await job.run();
    now += 7 * dayMs;
    answer = () => ({ status: "no_data" });
    await job.run();
    expect((await kept()).riskMetric).toBeNull();
    expect(riskMetrics.of(project, "i")).toBeNull();
  });

  it.each<[ReceiptRenewal, number]>([
    [{ status: "slow_down", retryAfterSeconds: 7200 }, 2 * hourMs],
    [{ status: "unauthorized" }, hourMs],
    [{ status: "unavailable" }, hourMs],
  ])("of the project leaves all of it alone for a while, and nothing is lost: %o", async (said, forMs) => {
    for (const id of ["i", "j", "k"]) await enrol(id, newReceiptDevice());
    answer = () => said;
    const job = renewals();
    await job.run();
    expect(asked.length).toBe(1);
    expect(obstacles).toEqual([`${project} ${said.status}`]);
    await job.run();
    expect(asked.length).toBe(1);
    now += forMs;
    answer = () => ({ status: "too_soon" });
    await job.run();
    expect(asked.length).toBe(4);
  });
});

describe("asks nothing", () => {
  it("for a project whose operator gave no key", async () => {
    await enrol("i");
    await renewals({ receiptsOf: async () => null }).run();
    expect(asked).toEqual([]);
    expect((await kept()).renewAfterMs).toBe(startMs);
  });

  it("over the hourly budget, and goes on in the next hour", async () => {
    for (let index = 0; index < 25; index += 1) await enrol(`i${index}`);
    answer = () => ({ status: "too_soon" });
    const job = renewals({ renewalsPerHour: 12 });
    for (let turn = 0; turn < 5; turn += 1) await job.run();
    expect(asked.length).toBe(12);
    now += hourMs;
    await job.run();
    expect(asked.length).toBe(24);
  });

  it("for more than sixty in one run", async () => {
    for (let index = 0; index < 65; index += 1) await enrol(`i${index}`);
    answer = () => ({ status: "too_soon" });
    const job = renewals();
    await job.run();
    expect(asked.length).toBe(60);
    await job.run();
    expect(asked.length).toBe(65);
  });

  it("of an instance that was silent for thirty days, until it is back", async () => {
    await enrol("i");
    now += 31 * dayMs;
    const job = renewals();
    await job.run();
    expect(asked).toEqual([]);
    expect((await kept()).renewAfterMs).toBe(now + 7 * dayMs);
    now += 7 * dayMs;
    await store.instances.touch(project, "i", 1, now);
    await job.run();
    expect(asked.length).toBe(1);
  });
});
