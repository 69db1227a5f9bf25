import { describe, expect, it } from "vitest";
import type { ProtectedApi } from "../../domain/ports/index.ts";
import { sampleApi, sampleApp, sampleSecret } from "../record-samples.suite.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function appsAndApisContract(record: OpenRecord): void {
  describe("apps and protected APIs", () => {
    it("gives back every part of an app, and the changed one after a change", async () => {
      await record.withProjects("p");
      const app = sampleApp("p", "astropiks");
      const bare = { ...sampleApp("p", "bare"), ios: null, android: null, web: null };
      await record.store.apps.put(app);
      await record.store.apps.put(bare);
      expect(await record.store.apps.get("p", "astropiks")).toEqual(app);
      expect(await record.store.apps.get("p", "bare")).toEqual(bare);
      await record.store.apps.put({ ...app, ios: null });
      expect(await record.store.apps.list("p")).toEqual([{ ...app, ios: null }, bare]);
    });

    it("gives back every part of a protected API, and the changed one after a change", async () => {
      await record.withProjects("p");
      const api = sampleApi("p", "nasa");
      const changed: ProtectedApi = { ...api, token: null, roots: [], channel: "roots" };
      await record.store.protectedApis.put(api);
      expect(await record.store.protectedApis.get("p", "nasa")).toEqual(api);
      await record.store.protectedApis.put(changed);
      expect(await record.store.protectedApis.list("p")).toEqual([changed]);
    });

    it("lists by code point, whatever the database's locale", async () => {
      await record.withProjects("p");
      for (const id of ["b", "a-b", "a1", "ab", "a"]) await record.store.apps.put(sampleApp("p", id));
      expect((await record.store.apps.list("p")).map((app) => app.id)).toEqual(["a", "a-b", "a1", "ab", "b"]);
    });

    it("removes what is there and says where there was none", async () => {
      await record.withProjects("p", "q");
      await record.store.apps.put(sampleApp("p", "app"));
      await record.store.protectedApis.put(sampleApi("p", "api"));
      expect(await record.store.apps.remove("q", "app")).toBe(false);
      expect(await record.store.protectedApis.remove("q", "api")).toBe(false);
      expect(await record.store.apps.remove("p", "app")).toBe(true);
      expect(await record.store.protectedApis.remove("p", "api")).toBe(true);
      expect(await record.store.apps.remove("p", "app")).toBe(false);
      expect(await record.store.protectedApis.get("p", "api")).toBeNull();
    });

    it("refuses rows of a project that is not there", async () => {
      await expect(record.store.apps.put(sampleApp("nowhere", "app"))).rejects.toThrow();
      await expect(record.store.protectedApis.put(sampleApi("nowhere", "api"))).rejects.toThrow();
      await expect(record.store.secrets.put(sampleSecret("nowhere", "secret"))).rejects.toThrow();
    });
  });
}
