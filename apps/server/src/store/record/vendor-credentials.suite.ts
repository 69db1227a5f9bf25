import { describe, expect, it } from "vitest";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function vendorCredentialsContract(record: OpenRecord): void {
  describe("vendor credentials", () => {
    const credential = {
      project: "p",
      kind: "google-play",
      value: "sealed-1",
      updatedAtMs: 1_700_000_000_000,
    } as const;

    it("keeps one of each kind, the last that was set, by project", async () => {
      await record.withProjects("p", "q");
      expect(await record.store.vendorCredentials.get("p", "google-play")).toBeNull();
      await record.store.vendorCredentials.put({ ...credential, kind: "google-play-keys" });
      await record.store.vendorCredentials.put(credential);
      await record.store.vendorCredentials.put({ ...credential, value: "sealed-2", updatedAtMs: 1_700_000_000_001 });
      await record.store.vendorCredentials.put({ ...credential, project: "q" });
      const last = { ...credential, value: "sealed-2", updatedAtMs: 1_700_000_000_001 };
      expect(await record.store.vendorCredentials.get("p", "google-play")).toEqual(last);
      expect((await record.store.vendorCredentials.list("p")).map(({ kind }) => kind)).toEqual([
        "google-play",
        "google-play-keys",
      ]);
      expect(await record.store.vendorCredentials.get("q", "google-play-keys")).toBeNull();
    });

    it("removes what is there and says where there was none", async () => {
      await record.withProjects("p", "q");
      await record.store.vendorCredentials.put(credential);
      expect(await record.store.vendorCredentials.remove("q", "google-play")).toBe(false);
      expect(await record.store.vendorCredentials.remove("p", "google-play-keys")).toBe(false);
      expect(await record.store.vendorCredentials.remove("p", "google-play")).toBe(true);
      expect(await record.store.vendorCredentials.remove("p", "google-play")).toBe(false);
      expect(await record.store.vendorCredentials.list("p")).toEqual([]);
    });

    it("refuses a credential of a project that is not there", async () => {
      await expect(record.store.vendorCredentials.put({ ...credential, project: "nowhere" })).rejects.toThrow();
    });
  });
}
