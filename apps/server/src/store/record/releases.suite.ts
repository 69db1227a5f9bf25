import { describe, expect, it } from "vitest";
import type { Release } from "../../domain/ports/index.ts";
import { sampleApp } from "../record-samples.suite.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function releasesContract(record: OpenRecord): void {
  describe("releases", () => {
    const release: Release = {
      project: "p",
      app: "astropiks",
      platform: "ios",
      version: "1.4.2",
      status: "active",
      expiresAtMs: 1_800_000_000_000,
      createdAtMs: 1_700_000_000_000,
    };

    it("are kept by app, platform and version, the last that was put, in that order", async () => {
      await record.withProjects("p", "q");
      await record.store.apps.put(sampleApp("p", "astropiks"));
      await record.store.apps.put(sampleApp("p", "a"));
      await record.store.apps.put(sampleApp("q", "astropiks"));
      const android: Release = { ...release, platform: "android", version: "42", expiresAtMs: null };
      const other: Release = { ...release, app: "a" };
      for (const each of [release, android, other, { ...release, project: "q" }]) await record.store.releases.put(each);
      const withdrawn: Release = { ...release, status: "withdrawn", expiresAtMs: null };
      await record.store.releases.put(withdrawn);
      expect(await record.store.releases.list("p")).toEqual([other, android, withdrawn]);
      expect(await record.store.releases.list("q")).toEqual([{ ...release, project: "q" }]);
    });

    it("are removed one by one, and with their app", async () => {
      await record.withProjects("p");
      await record.store.apps.put(sampleApp("p", "astropiks"));
      await record.store.releases.put(release);
      await record.store.releases.put({ ...release, version: "2" });
      expect(await record.store.releases.remove({ ...release, platform: "android" })).toBe(false);
      expect(await record.store.releases.remove(release)).toBe(true);
      expect(await record.store.releases.remove(release)).toBe(false);
      await record.store.apps.put({ ...sampleApp("p", "astropiks"), web: null });
      expect(await record.store.releases.list("p")).toHaveLength(1);
      await record.store.apps.remove("p", "astropiks");
      expect(await record.store.releases.list("p")).toEqual([]);
    });

    it("of an app that is not there are refused", async () => {
      await record.withProjects("p");
      await expect(record.store.releases.put(release)).rejects.toThrow();
    });
  });
}
