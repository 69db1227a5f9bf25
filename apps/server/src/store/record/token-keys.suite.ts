import { describe, expect, it } from "vitest";
import { sampleTokenKey } from "../record-samples.suite.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function tokenKeysContract(record: OpenRecord): void {
  describe("token keys", () => {
    it("are given back as they were put in, oldest first, those of one project alone", async () => {
      await record.withProjects("p", "q");
      const [old, young] = [sampleTokenKey("p", "b"), { ...sampleTokenKey("p", "a"), createdAtMs: 1_800_000_000_000 }];
      const secret = { ...sampleTokenKey("p", "c"), alg: "HS256" as const, publicJwk: null };
      const attester = { ...sampleTokenKey("q", "b"), purpose: "attester" as const, api: null };
      await record.store.tokenKeys.change("p", {
        add: [young, { ...secret, activeFromMs: null, retiresAtMs: null }, old],
      });
      await record.store.tokenKeys.change("q", { add: [attester] });
      expect(await record.store.tokenKeys.ofProject("p")).toEqual([
        old,
        { ...secret, activeFromMs: null, retiresAtMs: null },
        young,
      ]);
      expect(await record.store.tokenKeys.ofProject("q")).toEqual([attester]);
      expect(await record.store.tokenKeys.ofProject("nobody")).toEqual([]);
    });

    it("get a successor and their end at once, or neither", async () => {
      await record.withProjects("p", "q");
      const [first, second] = [sampleTokenKey("p", "a"), sampleTokenKey("p", "b")];
      await record.store.tokenKeys.change("p", { add: [first] });
      const missing = { kid: "nobody", activeFromMs: 1, retiresAtMs: 2 };
      await expect(record.store.tokenKeys.change("p", { add: [second], times: [missing] })).rejects.toMatchObject({
        code: "record_missing",
      });
      expect(await record.store.tokenKeys.ofProject("p")).toEqual([first]);
      await expect(record.store.tokenKeys.change("p", { add: [second, first] })).rejects.toThrow();
      expect(await record.store.tokenKeys.ofProject("p")).toEqual([first]);
      await record.store.tokenKeys.change("p", {
        add: [second],
        times: [{ kid: "a", activeFromMs: 7, retiresAtMs: null }],
      });
      expect(await record.store.tokenKeys.ofProject("p")).toEqual([
        { ...first, activeFromMs: 7, retiresAtMs: null },
        second,
      ]);
      await expect(
        record.store.tokenKeys.change("q", { times: [{ kid: "a", activeFromMs: 1, retiresAtMs: 1 }] }),
      ).rejects.toMatchObject({ code: "record_missing" });
    });
  });
}
