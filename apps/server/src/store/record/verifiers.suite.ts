import { describe, expect, it } from "vitest";
import type { TrafficReport } from "../../domain/ports/index.ts";
import { sampleApi, sampleVerifier } from "../record-samples.suite.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function verifiersContract(record: OpenRecord): void {
  describe("verifier credentials and traffic", () => {
    const hour = 3_600_000;
    const withApis = async (): Promise<void> => {
      await record.withProjects("p", "q");
      for (const project of ["p", "q"])
        for (const api of ["nasa", "shop"]) await record.store.protectedApis.put(sampleApi(project, api));
    };

    it("finds a credential by its hash, names each once in a project, and forgets what is removed", async () => {
      await withApis();
      const [limited, whole] = [sampleVerifier("p", "shop", "shop"), sampleVerifier("p", "all", null)];
      expect(await record.store.verifiers.add(limited)).toBe(true);
      expect(await record.store.verifiers.add(whole)).toBe(true);
      expect(await record.store.verifiers.add({ ...limited, tokenHash: "another" })).toBe(false);
      expect(await record.store.verifiers.add(sampleVerifier("q", "shop", null))).toBe(true);
      expect(await record.store.verifiers.list("p")).toEqual([whole, limited]);
      expect(await record.store.verifiers.byTokenHash(limited.tokenHash)).toEqual(limited);
      expect(await record.store.verifiers.byTokenHash("another")).toBeNull();
      expect(await record.store.verifiers.remove("p", "shop")).toBe(true);
      expect(await record.store.verifiers.remove("p", "shop")).toBe(false);
      expect(await record.store.verifiers.byTokenHash(limited.tokenHash)).toBeNull();
      expect(await record.store.verifiers.list("q")).toHaveLength(1);
    });

    it("takes no credential for an API that is not there or for a hash that another has, and ends one with its API", async () => {
      await withApis();
      await expect(record.store.verifiers.add(sampleVerifier("p", "x", "nowhere"))).rejects.toThrow();
      await record.store.verifiers.add(sampleVerifier("p", "shop", "shop"));
      const twin = { ...sampleVerifier("p", "twin", null), tokenHash: sampleVerifier("p", "shop", null).tokenHash };
      await expect(record.store.verifiers.add(twin)).rejects.toThrow();
      await record.store.protectedApis.put({ ...sampleApi("p", "shop"), tokenSeconds: 60 });
      expect(await record.store.verifiers.list("p")).toHaveLength(1);
      await record.store.protectedApis.remove("p", "shop");
      expect(await record.store.verifiers.list("p")).toEqual([]);
    });

    const report = (nonce: string, more: Partial<TrafficReport> = {}): TrafficReport => ({
      project: "p",
      verifier: "shop",
      api: "shop",
      nonce,
      atMs: 10 * hour + 5,
      hourMs: 10 * hour,
      counts: { verified: 7, invalid: 2, decoys: 0 },
      ...more,
    });
    const withVerifiers = async (): Promise<void> => {
      await withApis();
      await record.store.verifiers.add(sampleVerifier("p", "shop", null));
      await record.store.verifiers.add(sampleVerifier("p", "other", null));
      await record.store.verifiers.add(sampleVerifier("q", "shop", null));
    };

    it("adds up reports by hour, each nonce of a credential once", async () => {
      await withVerifiers();
      expect(await record.store.traffic.add(report("n1"))).toBe(true);
      expect(await record.store.traffic.add(report("n1", { counts: { verified: 100 } }))).toBe(false);
      expect(await record.store.traffic.add(report("n1", { verifier: "other" }))).toBe(true);
      expect(await record.store.traffic.add(report("n1", { project: "q" }))).toBe(true);
      expect(
        await record.store.traffic.add(report("n2", { hourMs: 11 * hour, counts: { verified: 1, reused: 3 } })),
      ).toBe(true);
      expect(await record.store.traffic.add(report("n3", { api: "nasa" }))).toBe(true);
      expect(await record.store.traffic.sums("p", "shop", 10 * hour, 12 * hour)).toEqual({
        verified: 15,
        invalid: 4,
        reused: 3,
      });
      expect(await record.store.traffic.sums("p", "shop", 10 * hour, 11 * hour)).toEqual({ verified: 14, invalid: 4 });
      expect(await record.store.traffic.sums("p", "shop", 12 * hour, 13 * hour)).toEqual({});
    });

    it("adds many reports at once without losing one, and a nonce sent many times at once one time", async () => {
      await withVerifiers();
      const added = await Promise.all([
        ...Array.from({ length: 20 }, (_, index) => record.store.traffic.add(report(`n${index}`))),
        ...Array.from({ length: 10 }, () => record.store.traffic.add(report("same"))),
      ]);
      expect(added.filter(Boolean)).toHaveLength(21);
      expect(await record.store.traffic.sums("p", "shop", 0, 99 * hour)).toEqual({ verified: 147, invalid: 42 });
    });

    it("lets a count grow to a bound and no further", async () => {
      await withVerifiers();
      for (const nonce of ["n1", "n2"])
        await record.store.traffic.add(report(nonce, { counts: { verified: 999_999_999_999 } }));
      expect(await record.store.traffic.sums("p", "shop", 0, 99 * hour)).toEqual({ verified: 1_000_000_000_000 });
    });

    it("adds nothing for a credential or an API that is not there", async () => {
      await withVerifiers();
      await expect(record.store.traffic.add(report("n1", { verifier: "nobody" }))).rejects.toThrow();
      await expect(record.store.traffic.add(report("n1", { api: "nowhere" }))).rejects.toThrow();
      expect(await record.store.traffic.add(report("n1"))).toBe(true);
    });

    it("forgets old hours, and nonces by the time of their report", async () => {
      await withVerifiers();
      await record.store.traffic.add(report("n1"));
      await record.store.traffic.add(report("n2", { atMs: 11 * hour, hourMs: 11 * hour }));
      expect(await record.store.traffic.prune(11 * hour, 11 * hour)).toBe(3);
      expect(await record.store.traffic.sums("p", "shop", 0, 99 * hour)).toEqual({ verified: 7, invalid: 2 });
      expect(await record.store.traffic.add(report("n2"))).toBe(false);
      expect(await record.store.traffic.add(report("n1"))).toBe(true);
    });
  });
}
