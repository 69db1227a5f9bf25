import { describe, expect, it } from "vitest";
import { sampleBroker } from "../record-samples.suite.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function brokersContract(record: OpenRecord): void {
  describe("credentials of brokers that stand alone", () => {
    it("are found by their key, named once in a project, and forgotten when they are removed", async () => {
      await record.withProjects("p", "q");
      const [near, far] = [sampleBroker("p", "near"), sampleBroker("p", "far", { origin: "https://far.example" })];
      expect([await record.store.brokers.add(near), await record.store.brokers.add(far)]).toEqual([true, true]);
      expect(await record.store.brokers.add({ ...near, kid: "another" })).toBe(false);
      expect(await record.store.brokers.add(sampleBroker("q", "near"))).toBe(true);
      await expect(record.store.brokers.add(sampleBroker("p", "x", { kid: near.kid }))).rejects.toThrow();
      await expect(record.store.brokers.add(sampleBroker("nowhere", "x"))).rejects.toThrow();
      expect(await record.store.brokers.list("p")).toEqual([far, near]);
      expect(await record.store.brokers.byKid(far.kid)).toEqual(far);
      expect(await record.store.brokers.byKid("another")).toBeNull();
      expect([await record.store.brokers.remove("p", "near"), await record.store.brokers.remove("p", "near")]).toEqual([
        true,
        false,
      ]);
      expect(await record.store.brokers.byKid(near.kid)).toBeNull();
      expect(await record.store.brokers.list("q")).toHaveLength(1);
    });

    it("are in use one at a time, in one project without the other", async () => {
      await record.withProjects("p", "q");
      for (const name of ["a", "b"]) await record.store.brokers.add(sampleBroker("p", name));
      await record.store.brokers.add(sampleBroker("q", "a", { inUse: true }));
      const inUse = async (project: string) =>
        (await record.store.brokers.list(project)).filter((broker) => broker.inUse).map(({ name }) => name);
      expect([await record.store.brokers.use("p", "a"), await inUse("p")]).toEqual([true, ["a"]]);
      expect([await record.store.brokers.use("p", "b"), await inUse("p")]).toEqual([true, ["b"]]);
      expect([await record.store.brokers.use("p", null), await inUse("p"), await inUse("q")]).toEqual([
        true,
        [],
        ["a"],
      ]);
      expect(await record.store.brokers.use("p", "nobody")).toBe(false);
      await record.store.brokers.use("p", "b");
      await expect(record.store.brokers.add(sampleBroker("p", "c", { inUse: true }))).rejects.toThrow();
    });
  });
}
