import { describe, expect, it } from "vitest";
import { sampleKey, sampleProject, sampleSeed } from "../record-samples.suite.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function projectsContract(record: OpenRecord): void {
  describe("projects, seeds and signing keys", () => {
    it("creates a project with its seed and keys, and gives back what was put in", async () => {
      const project = sampleProject("p");
      const keys = [sampleKey("p", "kid-1"), sampleKey("p", "kid-2")];
      await record.store.projects.create(project, sampleSeed("p"), keys);
      expect(await record.store.projects.get("p")).toEqual(project);
      expect(await record.store.seeds.ofProject("p")).toEqual([sampleSeed("p")]);
      expect(await record.store.signingKeys.ofProject("p")).toEqual(keys);
    });

    it("creates nothing where one part cannot be created", async () => {
      const key = sampleKey("p", "kid-1");
      await expect(record.store.projects.create(sampleProject("p"), sampleSeed("p"), [key, key])).rejects.toThrow();
      expect(await record.store.projects.get("p")).toBeNull();
      expect(await record.store.seeds.ofProject("p")).toEqual([]);
      expect(await record.store.signingKeys.ofProject("p")).toEqual([]);
    });

    it("refuses a second project of the same id", async () => {
      await record.withProjects("p");
      await expect(record.store.projects.create(sampleProject("p"), sampleSeed("p"), [])).rejects.toThrow();
    });

    it("updates one project and no other", async () => {
      await record.withProjects("p", "q");
      const changed = {
        ...sampleProject("p"),
        name: "changed",
        manifestVersion: Number.MAX_SAFE_INTEGER,
        keyListByRecovery: true,
      };
      await record.store.projects.update(changed);
      expect(await record.store.projects.get("p")).toEqual(changed);
      expect(await record.store.projects.get("q")).toEqual(sampleProject("q"));
      expect(await record.store.projects.list()).toHaveLength(2);
    });

    it("refuses to update a project that is not there", async () => {
      await expect(record.store.projects.update(sampleProject("p"))).rejects.toMatchObject({ code: "record_missing" });
    });

    it("adds seeds, in the order of their generations", async () => {
      await record.withProjects("p");
      const second = { ...sampleSeed("p"), generation: 2, seed: "second" };
      await record.store.seeds.addProjectSeed(second);
      expect(await record.store.seeds.ofProject("p")).toEqual([sampleSeed("p"), second]);
      const service = [1, 2].map((generation) => ({
        generation,
        seed: `service-${generation}`,
        createdAtMs: generation,
      }));
      for (const seed of service.toReversed()) await record.store.seeds.addServiceSeed(seed);
      expect(await record.store.seeds.ofService()).toEqual(service);
      await expect(
        record.store.seeds.addServiceSeed({ generation: 1, seed: "other", createdAtMs: 1 }),
      ).rejects.toThrow();
      expect(await record.store.seeds.ofService()).toEqual(service);
    });

    it("retires a key of one project only", async () => {
      await record.withProjects("p", "q");
      const added = { ...sampleKey("p", "kid-2"), use: "manifest" as const, createdAtMs: 5_000_000_000_000 };
      await record.store.signingKeys.add(added);
      await record.store.signingKeys.retire("p", "kid-1", 77);
      expect(await record.store.signingKeys.ofProject("p")).toEqual([
        { ...sampleKey("p", "kid-1"), retiredAtMs: 77 },
        added,
      ]);
      expect(await record.store.signingKeys.ofProject("q")).toEqual([sampleKey("q", "kid-1")]);
      await expect(record.store.signingKeys.retire("q", "kid-2", 77)).rejects.toMatchObject({ code: "record_missing" });
    });
  });
}
