import { describe, expect, it } from "vitest";
import type { Ban } from "../../domain/ports/index.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function bansContract(record: OpenRecord): void {
  describe("bans", () => {
    const ban = (more: Partial<Ban> = {}): Omit<Ban, "sequence" | "liftedAtMs"> => ({
      project: "p",
      kind: "ban",
      by: "instance",
      target: "i",
      reason: "reported",
      createdAtMs: 1000,
      untilMs: null,
      ...more,
    });

    it("gives each ban the next sequence", async () => {
      await record.withProjects("p");
      expect(await record.store.bans.sequence()).toBe(0);
      const added = await Promise.all(Array.from({ length: 10 }, () => record.store.bans.add(ban())));
      expect(added.map((one) => one.sequence).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(await record.store.bans.sequence()).toBe(10);
      expect(await record.store.bans.active(2000)).toHaveLength(10);
    });

    it("moves the sequence with a lift, and not where there was nothing to lift", async () => {
      await record.withProjects("p", "q");
      const added = await record.store.bans.add(ban());
      expect(await record.store.bans.lift("q", "instance", "i", 1500)).toBe(false);
      expect(await record.store.bans.lift("p", "subject", "i", 1500)).toBe(false);
      expect(await record.store.bans.sequence()).toBe(added.sequence);
      expect(await record.store.bans.active(2000)).toEqual([added]);
      expect(await record.store.bans.lift("p", "instance", "i", 1500)).toBe(true);
      expect(await record.store.bans.sequence()).toBe(added.sequence + 1);
      expect(await record.store.bans.active(2000)).toEqual([]);
      expect(await record.store.bans.lift("p", "instance", "i", 1600)).toBe(false);
      expect((await record.store.bans.add(ban())).sequence).toBe(added.sequence + 2);
    });

    it("counts a ban as active until its end", async () => {
      await record.withProjects("p");
      const quarantine = await record.store.bans.add(ban({ kind: "quarantine", untilMs: 5000 }));
      expect(await record.store.bans.active(4999)).toEqual([quarantine]);
      expect(await record.store.bans.active(5000)).toEqual([]);
      expect(await record.store.bans.lift("p", "instance", "i", 5000)).toBe(false);
    });

    it("lifts every active ban on a target at once", async () => {
      await record.withProjects("p");
      await record.store.bans.add(ban());
      await record.store.bans.add(ban({ kind: "quarantine", untilMs: 5000 }));
      const other = await record.store.bans.add(ban({ target: "j" }));
      expect(await record.store.bans.lift("p", "instance", "i", 1500)).toBe(true);
      expect(await record.store.bans.active(2000)).toEqual([other]);
    });
  });
}
