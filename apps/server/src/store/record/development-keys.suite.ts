import { describe, expect, it } from "vitest";
import { sampleDevelopmentKey } from "../record-samples.suite.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function developmentKeysContract(record: OpenRecord): void {
  describe("development keys", () => {
    it("come back as they were, by name, and one of a name stands at a time", async () => {
      await record.withProjects("p", "q");
      const [ci, phone] = [sampleDevelopmentKey("p", "ci"), sampleDevelopmentKey("p", "a-phone")];
      expect(await record.store.developmentKeys.add(ci)).toBe(true);
      expect(await record.store.developmentKeys.add(phone)).toBe(true);
      expect(await record.store.developmentKeys.add({ ...ci, id: "another" })).toBe(false);
      expect(await record.store.developmentKeys.add(sampleDevelopmentKey("q", "ci"))).toBe(true);
      expect(await record.store.developmentKeys.list("p")).toEqual([phone, ci]);
      expect(await record.store.developmentKeys.revoke("p", "ci", 1_700_000_001_000)).toBe(true);
      expect(await record.store.developmentKeys.revoke("p", "ci", 1_700_000_002_000)).toBe(false);
      expect(await record.store.developmentKeys.revoke("p", "none", 1_700_000_002_000)).toBe(false);
      const next = { ...ci, id: "next", createdAtMs: ci.createdAtMs + 1 };
      expect(await record.store.developmentKeys.add(next)).toBe(true);
      expect(await record.store.developmentKeys.list("p")).toEqual([
        phone,
        { ...ci, revokedAtMs: 1_700_000_001_000 },
        next,
      ]);
      expect((await record.store.developmentKeys.list("q")).map(({ revokedAtMs }) => revokedAtMs)).toEqual([null]);
    });

    it("take no key of an id or of a project that is another's or not there", async () => {
      await record.withProjects("p");
      await record.store.developmentKeys.add(sampleDevelopmentKey("p", "ci"));
      expect(await record.store.developmentKeys.add({ ...sampleDevelopmentKey("p", "ci"), name: "twin" })).toBe(false);
      await expect(record.store.developmentKeys.add(sampleDevelopmentKey("nowhere", "ci"))).rejects.toThrow();
    });

    it("count enrolments up to the quota, however many come at once, and none for a revoked key", async () => {
      await record.withProjects("p");
      await record.store.developmentKeys.add({ ...sampleDevelopmentKey("p", "ci"), quota: 5 });
      const count = () => record.store.developmentKeys.countEnrolment("p", "id-p-ci");
      const counted = await Promise.all(Array.from({ length: 12 }, count));
      expect(counted.filter(Boolean)).toHaveLength(5);
      expect((await record.store.developmentKeys.list("p"))[0]?.enrolled).toBe(5);
      expect(await record.store.developmentKeys.countEnrolment("p", "nobody")).toBe(false);
      await record.store.developmentKeys.add(sampleDevelopmentKey("p", "other"));
      await record.store.developmentKeys.revoke("p", "other", 1_700_000_002_000);
      expect(await record.store.developmentKeys.countEnrolment("p", "id-p-other")).toBe(false);
    });
  });
}
