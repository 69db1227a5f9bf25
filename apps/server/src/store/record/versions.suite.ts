import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { withInstance } from "../../domain/fleet/instance-sketch.ts";
import type { FleetVersion } from "../../domain/ports/index.ts";
import { sampleVersion } from "../record-samples.suite.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function versionsContract(record: OpenRecord): void {
  describe("versions of apps", () => {
    const seen = (build: string, instances: number, more: Partial<FleetVersion> = {}): FleetVersion => {
      let { sketch } = sampleVersion("p", build);
      for (let at = 1; at < instances; at += 1) {
        const id = createHash("sha256").update(`${build} ${at}`).digest().subarray(0, 16);
        sketch = withInstance(sketch, id.toString("base64url"), 1_700_000_000_000);
      }
      return { ...sampleVersion("p", build), sketch, ...more };
    };

    it("gives back what was put in, by name, of one project and since a time", async () => {
      await record.withProjects("p", "q");
      const [one, two] = [sampleVersion("p", "1"), { ...sampleVersion("p", "2"), identity: null, attested: null }];
      await record.store.fleet.add([two, one, { ...sampleVersion("q", "1"), lastSeenMs: 5 }], 10);
      expect(await record.store.fleet.list("p", 0)).toEqual([one, two]);
      expect(await record.store.fleet.list("q", 6)).toEqual([]);
      expect(await record.store.fleet.list("q", 5)).toHaveLength(1);
      await record.reopen();
      expect(await record.store.fleet.list("p", 0)).toEqual([one, two]);
    });

    it("keeps versions apart by everything that may be treated differently, and by nothing else", async () => {
      await record.withProjects("p");
      const one = sampleVersion("p", "1");
      const others: FleetVersion[] = [
        { ...one, app: "other" },
        { ...one, platform: "ios" },
        { ...one, version: "2" },
        { ...one, build: "2" },
        { ...one, sdk: "countersign-js/0.2.0" },
        { ...one, identity: "org.example.app 01ff" },
        { ...one, identity: null },
        { ...one, attested: "8" },
        { ...one, attested: null },
        { ...one, detectors: ["hook"] },
      ];
      await record.store.fleet.add([one, ...others], 100);
      expect(await record.store.fleet.list("p", 0)).toHaveLength(1 + others.length);
      await record.store.fleet.add(
        [{ ...one, firstSeenMs: 1, lastSeenMs: 2, manifest: { epoch: 9, version: 9 } }],
        100,
      );
      expect(await record.store.fleet.list("p", 0)).toHaveLength(1 + others.length);
    });

    it("adds to what is known: first and last seen, the newest manifest, every instance once, however many write at once", async () => {
      await record.withProjects("p");
      const early = seen("1", 3, { firstSeenMs: 5, lastSeenMs: 6, manifest: { epoch: 2, version: 1 } });
      const late = seen("1", 40, { firstSeenMs: 7, lastSeenMs: 9, manifest: { epoch: 1, version: 9 } });
      await Promise.all(
        Array.from({ length: 12 }, (_, at) => record.store.fleet.add([at % 2 === 0 ? early : late], 10)),
      );
      const [one, ...others] = await record.store.fleet.list("p", 0);
      expect(others).toEqual([]);
      expect(one).toMatchObject({ firstSeenMs: 5, lastSeenMs: 9, manifest: { epoch: 2, version: 1 } });
      expect(one?.sketch).toEqual(late.sketch);
    });

    it("keeps so many versions of a project: that of the fewest instances gives way, then that not seen for the longest", async () => {
      await record.withProjects("p", "q");
      await record.store.fleet.add([{ ...sampleVersion("q", "1") }], 3);
      await record.store.fleet.add([seen("many", 30), seen("old", 1, { lastSeenMs: 5 }), seen("young", 1)], 3);
      await record.store.fleet.add([seen("new", 1, { lastSeenMs: 7 })], 3);
      expect((await record.store.fleet.list("p", 0)).map(({ build }) => build)).toEqual(["many", "new", "young"]);
      for (let at = 0; at < 20; at += 1) await record.store.fleet.add([seen(`made up ${at}`, 1)], 3);
      const kept = (await record.store.fleet.list("p", 0)).map(({ build }) => build);
      expect(kept).toHaveLength(3);
      expect(kept).toContain("many");
      expect(await record.store.fleet.list("q", 0)).toHaveLength(1);
    });

    it("forgets what was last seen before", async () => {
      await record.withProjects("p");
      await record.store.fleet.add([seen("old", 1, { lastSeenMs: 5 }), seen("young", 1, { lastSeenMs: 6 })], 10);
      expect(await record.store.fleet.prune(6)).toBe(1);
      expect((await record.store.fleet.list("p", 0)).map(({ build }) => build)).toEqual(["young"]);
    });

    it("takes no version of a project that is not there", async () => {
      await expect(record.store.fleet.add([sampleVersion("nowhere", "1")], 10)).rejects.toThrow();
    });
  });
}
