import { describe, expect, it } from "vitest";
import type { Instance } from "../../domain/ports/index.ts";
import { sampleInstance } from "../record-samples.suite.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function instancesContract(record: OpenRecord): void {
  describe("instances", () => {
    it("gives back every part of an instance, on each platform", async () => {
      await record.withProjects("p");
      for (const platform of ["ios", "android", "web"] as const) {
        const instance = sampleInstance("p", `on-${platform}`, platform);
        await record.store.instances.put(instance);
        expect(await record.store.instances.get("p", `on-${platform}`)).toEqual(instance);
      }
    });

    it("updates an instance and its serials, and lowers no counter", async () => {
      await record.withProjects("p");
      const before: Instance = { ...sampleInstance("p", "i", "ios"), counter: 10, serials: ["aa", "bb", "aa"] };
      await record.store.instances.put(before);
      const after: Instance = { ...before, counter: 3, serials: ["cc"], batch: null, app: "other", evidenceAtMs: 99 };
      await record.store.instances.put(after);
      expect(await record.store.instances.get("p", "i")).toEqual({ ...after, counter: 10 });
      expect(await record.store.instances.withSerials(["aa", "bb"])).toEqual([]);
      expect(await record.store.instances.withSerials(["cc"])).toHaveLength(1);
    });

    it("keeps the first subject and time of an instance, however many put it at once, and tells each what stands", async () => {
      await record.withProjects("p");
      const put = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          record.store.instances.put({
            ...sampleInstance("p", "i", "android"),
            subject: `s${i}`,
            createdAtMs: 1000 + i,
            counter: i,
          }),
        ),
      );
      const held = await record.store.instances.get("p", "i");
      expect(new Set(put.map(({ subject, createdAtMs }) => `${subject} ${createdAtMs}`)).size).toBe(1);
      expect(held).toMatchObject({ subject: put[0]?.subject, createdAtMs: put[0]?.createdAtMs, counter: 7 });
      expect(
        await record.store.instances.put({ ...sampleInstance("p", "i", "android"), subject: "late", counter: 3 }),
      ).toEqual({
        ...sampleInstance("p", "i", "android"),
        subject: held?.subject,
        createdAtMs: held?.createdAtMs,
        counter: 7,
      });
    });

    it("touches upwards only", async () => {
      await record.withProjects("p", "q");
      const instance = { ...sampleInstance("p", "i", "ios"), counter: 10, lastSeenAtMs: 1000 };
      await record.store.instances.put(instance);
      await record.store.instances.touch("p", "i", 12, 2000);
      expect(await record.store.instances.get("p", "i")).toEqual({ ...instance, counter: 12, lastSeenAtMs: 2000 });
      await record.store.instances.touch("p", "i", 11, 1500);
      await record.store.instances.touch("q", "i", 100, 9000);
      expect(await record.store.instances.get("p", "i")).toEqual({ ...instance, counter: 12, lastSeenAtMs: 2000 });
    });

    it("finds the instances of every project that rest on a serial, each once", async () => {
      await record.withProjects("p", "q");
      const a = { ...sampleInstance("p", "a", "android"), serials: ["s1", "s2"] };
      const b = { ...sampleInstance("q", "b", "android"), serials: ["s2"] };
      const c = { ...sampleInstance("q", "c", "android"), serials: [] };
      for (const instance of [a, b, c]) await record.store.instances.put(instance);
      const found = await record.store.instances.withSerials([
        "s1",
        "s2",
        ...Array.from({ length: 2000 }, (_, i) => `x${i}`),
      ]);
      expect(found.toSorted((x, y) => x.instance.localeCompare(y.instance))).toEqual([a, b]);
      expect(await record.store.instances.withSerials([])).toEqual([]);
    });
  });
}
