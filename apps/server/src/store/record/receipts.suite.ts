import { describe, expect, it } from "vitest";
import { sampleInstance, sampleReceipt } from "../record-samples.suite.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function receiptsContract(record: OpenRecord): void {
  describe("App Attest receipts", () => {
    const receipt = (instance: string, more: object = {}) => ({ ...sampleReceipt("p", instance), ...more });
    const withInstances = async (...ids: string[]): Promise<void> => {
      await record.withProjects("p");
      for (const id of ids) await record.store.instances.put(sampleInstance("p", id, "ios"));
    };

    it("keeps the receipt of an attestation, and never puts it in a renewed one's place", async () => {
      await withInstances("i");
      expect(await record.store.receipts.get("p", "i")).toBeNull();
      await record.store.receipts.add(receipt("i"));
      expect(await record.store.receipts.get("p", "i")).toEqual(receipt("i"));
      const renewed = receipt("i", { receipt: "renewed", riskMetric: null, renewAfterMs: null, updatedAtMs: 2 });
      expect(await record.store.receipts.update(renewed)).toBe(true);
      await record.store.receipts.add(receipt("i"));
      expect(await record.store.receipts.get("p", "i")).toEqual(renewed);
      expect(await record.store.receipts.get("q", "i")).toBeNull();
    });

    it("updates none that is not there, and keeps none without its instance", async () => {
      await withInstances("i");
      expect(await record.store.receipts.update(receipt("i"))).toBe(false);
      await expect(record.store.receipts.add(receipt("nowhere"))).rejects.toThrow();
    });

    it("gives what is due, longest first, and each once until it is due again", async () => {
      await withInstances("a", "b", "c", "d", "e");
      const dueAt = { a: 30, b: 10, c: 20, d: 40, e: null };
      for (const [id, renewAfterMs] of Object.entries(dueAt))
        await record.store.receipts.add(receipt(id, { renewAfterMs }));
      const claim = async (nowMs: number, limit: number, untilMs: number) =>
        (await record.store.receipts.claimDue("p", nowMs, limit, untilMs)).map(({ instance }) => instance);
      expect(await claim(30, 2, 100)).toEqual(["b", "c"]);
      expect(await claim(30, 2, 100)).toEqual(["a"]);
      expect(await claim(30, 2, 100)).toEqual([]);
      expect(await claim(100, 9, 200)).toEqual(["d", "a", "b", "c"]);
      expect((await record.store.receipts.get("p", "a"))?.renewAfterMs).toBe(200);
      expect(await record.store.receipts.claimDue("q", 1000, 9, 2000)).toEqual([]);
    });

    it("gives each of those due to one of many who claim at once", async () => {
      const ids = Array.from({ length: 20 }, (_, index) => `i${index}`);
      await withInstances(...ids);
      for (const id of ids) await record.store.receipts.add(receipt(id, { renewAfterMs: 1 }));
      const claims = await Promise.all(Array.from({ length: 8 }, () => record.store.receipts.claimDue("p", 1, 5, 100)));
      const claimed = claims.flat().map(({ instance }) => instance);
      expect(new Set(claimed).size).toBe(claimed.length);
      expect(claimed.length).toBeGreaterThanOrEqual(5);
    });

    it("finds those whose metric is high", async () => {
      await withInstances("a", "b", "c");
      await record.store.receipts.add(receipt("a", { riskMetric: 4 }));
      await record.store.receipts.add(receipt("b", { riskMetric: 5 }));
      await record.store.receipts.add(receipt("c", { riskMetric: null }));
      expect(await record.store.receipts.withRiskFrom(5)).toEqual([{ project: "p", instance: "b", riskMetric: 5 }]);
    });
  });
}
