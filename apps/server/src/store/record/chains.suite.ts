import { describe, expect, it } from "vitest";
import { sampleApi, sampleChain } from "../record-samples.suite.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function chainsContract(record: OpenRecord): void {
  describe("chains of protected APIs", () => {
    const due = { claimedUntilMs: 2000, dueAtMs: 3000 };
    const seeded = async (): Promise<void> => {
      await record.withProjects("p", "q");
      for (const id of ["nasa", "other"]) await record.store.protectedApis.put(sampleApi("p", id));
      await record.store.protectedApis.put(sampleApi("q", "nasa"));
    };
    const names = (rows: readonly { project: string; api: string }[]): string[] =>
      rows.map(({ project, api }) => `${project}/${api}`);

    it("keeps what was last seen, by project and API", async () => {
      await seeded();
      expect(await record.store.chains.get("p", "nasa")).toBeNull();
      await record.store.chains.claim("p", "nasa", 1000, 2000);
      expect(await record.store.chains.list("p")).toEqual([]);
      expect(await record.store.chains.put(sampleChain("p", "nasa"), due)).toBe(true);
      await record.reopen();
      expect(await record.store.chains.get("p", "nasa")).toEqual(sampleChain("p", "nasa"));
      expect(await record.store.chains.list("p")).toEqual([sampleChain("p", "nasa")]);
      expect(await record.store.chains.list("q")).toEqual([]);
    });

    it("names what is due, what was never looked at first, and each claim stands for one caller", async () => {
      await seeded();
      await record.store.chains.claim("p", "nasa", 1000, 1500);
      expect(names(await record.store.chains.due(1499, 10))).toEqual(["p/other", "q/nasa"]);
      expect(names(await record.store.chains.due(1500, 10))).toEqual(["p/other", "q/nasa", "p/nasa"]);
      expect(names(await record.store.chains.due(1500, 2))).toEqual(["p/other", "q/nasa"]);
      expect(await record.store.chains.claim("p", "nasa", 1499, 2000)).toBe(false);
      const claims = await Promise.all(
        [2000, 2001].map((untilMs) => record.store.chains.claim("p", "nasa", 1500, untilMs)),
      );
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect(names(await record.store.chains.due(1999, 10))).toEqual(["p/other", "q/nasa"]);
    });

    it("keeps nothing of a look whose claim does not stand any more", async () => {
      await seeded();
      await record.store.chains.claim("p", "nasa", 1000, 2000);
      await record.store.chains.put(sampleChain("p", "nasa"), due);
      await record.store.chains.forget("p", "nasa");
      expect(await record.store.chains.get("p", "nasa")).toBeNull();
      expect(await record.store.chains.put(sampleChain("p", "nasa"), due)).toBe(false);
      await record.store.chains.claim("p", "nasa", 1000, 2001);
      expect(await record.store.chains.put(sampleChain("p", "nasa"), due)).toBe(false);
      expect(await record.store.chains.get("p", "nasa")).toBeNull();
    });

    it("goes with its API", async () => {
      await seeded();
      await record.store.chains.claim("p", "nasa", 1000, 2000);
      await record.store.chains.put(sampleChain("p", "nasa"), due);
      await record.store.protectedApis.put({ ...sampleApi("p", "nasa"), host: "other.test" });
      expect(await record.store.chains.get("p", "nasa")).toEqual(sampleChain("p", "nasa"));
      await record.store.protectedApis.remove("p", "nasa");
      expect(await record.store.chains.get("p", "nasa")).toBeNull();
    });
  });
}
