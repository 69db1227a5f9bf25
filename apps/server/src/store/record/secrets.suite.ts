import { describe, expect, it } from "vitest";
import type { Secret } from "../../domain/ports/index.ts";
import { sampleSecret } from "../record-samples.suite.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function secretsContract(record: OpenRecord): void {
  describe("secrets", () => {
    it("have each mode as it was given", async () => {
      await record.withProjects("p");
      for (const [at, mode] of (["delivered", "brokered", "by-verdict"] as const).entries()) {
        const given = { ...sampleSecret("p", "nasa"), version: at + 1, mode };
        expect(await record.store.secrets.put(given)).toBe(true);
        expect(await record.store.secrets.get("p", "nasa")).toEqual(given);
      }
    });

    it("takes version 1 first and then each next version, and no other", async () => {
      await record.withProjects("p");
      const at = (version: number): Secret => ({ ...sampleSecret("p", "nasa"), version, value: `sealed-${version}` });
      expect(await record.store.secrets.put(at(2))).toBe(false);
      expect(await record.store.secrets.put(at(1))).toBe(true);
      expect(await record.store.secrets.put(at(1))).toBe(false);
      expect(await record.store.secrets.put(at(3))).toBe(false);
      expect(await record.store.secrets.put(at(2))).toBe(true);
      expect(await record.store.secrets.put(at(2))).toBe(false);
      expect(await record.store.secrets.get("p", "nasa")).toEqual(at(2));
    });

    it("lets one of many concurrent writers of a version win", async () => {
      await record.withProjects("p");
      for (const version of [1, 2, 3]) {
        const written = await Promise.all(
          Array.from({ length: 8 }, (_, writer) =>
            record.store.secrets.put({ ...sampleSecret("p", "nasa"), version, value: `by-${writer}` }),
          ),
        );
        expect(written.filter(Boolean)).toHaveLength(1);
        expect((await record.store.secrets.get("p", "nasa"))?.value).toBe(`by-${written.indexOf(true)}`);
      }
    });

    it("keeps null and empty lists of apps apart", async () => {
      await record.withProjects("p");
      const { canary: _canary, terms: _terms, recipe: _recipe, ...plain } = sampleSecret("p", "every");
      await record.store.secrets.put({ ...plain, apps: null });
      expect(await record.store.secrets.get("p", "every")).toEqual({ ...plain, apps: null });
      await record.store.secrets.put({ ...sampleSecret("p", "none"), apps: [] });
      expect((await record.store.secrets.list("p")).map((secret) => secret.apps)).toEqual([null, []]);
    });

    it("removes a secret of its project only", async () => {
      await record.withProjects("p", "q");
      await record.store.secrets.put(sampleSecret("p", "nasa"));
      expect(await record.store.secrets.remove("q", "nasa")).toBe(false);
      expect(await record.store.secrets.remove("p", "nasa")).toBe(true);
      expect(await record.store.secrets.list("p")).toEqual([]);
    });
  });
}
