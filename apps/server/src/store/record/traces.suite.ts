import { describe, expect, it } from "vitest";
import type { Trace, VerdictEvent } from "../../domain/ports/index.ts";
import { sampleInstance, sampleTrace } from "../record-samples.suite.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function tracesContract(record: OpenRecord): void {
  describe("traces, audit, events", () => {
    it("gives back every part of a trace, to its project alone", async () => {
      await record.withProjects("p", "q");
      const trace = sampleTrace("p", "ARC1", 1000);
      await record.store.traces.add(trace);
      expect(await record.store.traces.get("p", "ARC1")).toEqual(trace);
      expect(await record.store.traces.get("q", "ARC1")).toBeNull();
      const { decoy: _, ...plain } = { ...trace, arc: "ARC2" };
      await record.store.traces.add(plain);
      expect(await record.store.traces.get("p", "ARC2")).toEqual(plain);
      await expect(record.store.traces.add(trace)).rejects.toThrow();
    });

    it("prunes traces by age, and to the newest of each project", async () => {
      await record.withProjects("p", "q");
      const add = async (project: string, at: readonly number[]): Promise<void> => {
        for (const atMs of at) await record.store.traces.add(sampleTrace(project, `arc-${atMs}`, atMs));
      };
      await add("p", [1, 2, 3, 4, 5]);
      await add("q", [2, 3]);
      expect(await record.store.traces.prune(2, 3)).toBe(2);
      const left = async (project: string): Promise<(Trace | null)[]> =>
        Promise.all([1, 2, 3, 4, 5].map((atMs) => record.store.traces.get(project, `arc-${atMs}`)));
      expect((await left("p")).map((trace) => trace?.atMs)).toEqual([undefined, undefined, 3, 4, 5]);
      expect((await left("q")).map((trace) => trace?.atMs)).toEqual([undefined, 2, 3, undefined, undefined]);
      expect(await record.store.traces.prune(2, 3)).toBe(0);
    });

    it("prunes no trace of a known instance for those of strangers, no refusal for what was trusted, and no phone's for a browser's", async () => {
      await record.withProjects("p");
      for (const [id, platform] of [
        ["known", "android"],
        ["browser", "web"],
      ] as const) {
        await record.store.instances.put(sampleInstance("p", id, platform));
      }
      const add = (arc: string, more: Partial<Trace>, atMs: number) =>
        record.store.traces.add({ ...sampleTrace("p", arc, atMs), platform: "android", ...more });
      await add("known-refused", { instance: "known", verdict: "refused" }, 1);
      await add("known-trusted", { instance: "known", verdict: "trusted" }, 2);
      await add("browser", { instance: "browser", platform: "web", verdict: "restricted" }, 3);
      await add("stranger", { instance: "nobody", verdict: "refused" }, 4);
      for (let at = 10; at < 20; at += 1)
        await add(`stranger-${at}`, { instance: `nobody-${at}`, verdict: "refused" }, at);
      for (let at = 20; at < 23; at += 1) await add(`trusted-${at}`, { instance: "known", verdict: "trusted" }, at);
      for (let at = 30; at < 33; at += 1) {
        await add(`browser-${at}`, { instance: "browser", platform: "web", verdict: "restricted" }, at);
      }
      expect(await record.store.traces.prune(0, 2)).toBe(13);
      const left = async (arc: string) => (await record.store.traces.get("p", arc)) !== null;
      expect(await left("known-refused")).toBe(true);
      expect(await left("known-trusted")).toBe(false);
      expect([await left("trusted-21"), await left("trusted-22"), await left("stranger-19")]).toEqual([
        true,
        true,
        true,
      ]);
      expect([await left("stranger"), await left("browser"), await left("browser-32")]).toEqual([false, false, true]);
    });

    it("lists audit records newest first, each project its own and the service's apart", async () => {
      await record.withProjects("p");
      const entry = (project: string | null, action: string) => ({
        project,
        atMs: 1000,
        actor: "admin",
        action,
        target: "t",
        detail: { name: "nasa", version: 2, kept: false, none: null },
      });
      for (const action of ["a1", "a2", "a3"]) await record.store.audit.add(entry("p", action));
      await record.store.audit.add(entry(null, "service"));
      const listed = await record.store.audit.list("p", 2);
      expect(listed.map((one) => one.action)).toEqual(["a3", "a2"]);
      expect(listed[0]).toEqual({ ...entry("p", "a3"), sequence: 3 });
      expect((await record.store.audit.list(null, 10)).map((one) => one.action)).toEqual(["service"]);
      expect(await record.store.audit.list("q", 10)).toEqual([]);
    });

    it("counts distinct subjects with a trusted verdict in a half-open interval", async () => {
      const event = (more: Partial<VerdictEvent>): VerdictEvent => ({
        project: "p",
        atMs: 1000,
        app: "app",
        platform: "ios",
        verdict: "trusted",
        reason: null,
        subject: "s1",
        use: "session",
        ...more,
      });
      await record.store.events.add([]);
      await record.store.events.add([
        event({}),
        event({}),
        event({ subject: "s2", atMs: 1999 }),
        event({ subject: "s3", atMs: 2000 }),
        event({ subject: "s4", atMs: 999 }),
        event({ subject: "s5", platform: "android", use: "enrol" }),
        event({ subject: "s6", verdict: "refused", reason: "bootloader_unlocked", decoy: true }),
        event({ subject: null }),
        event({ project: "q", subject: "s7" }),
      ]);
      expect(await record.store.events.countActive("p", 1000, 2000)).toEqual({ ios: 2, android: 1 });
      expect(await record.store.events.countVerdicts("p", 1000, 2000)).toEqual({ trusted: 5, refused: 1 });
      expect(await record.store.events.countDecoys("p", 1000, 2000)).toBe(1);
      expect([
        await record.store.events.countDecoys("p", 0, 1000),
        await record.store.events.countDecoys("q", 0, 9999),
      ]).toEqual([0, 0]);
      expect(await record.store.events.countActive("r", 0, 9999)).toEqual({});
      expect(await record.store.events.prune(2000)).toBe(8);
      expect(await record.store.events.countVerdicts("p", 0, 9999)).toEqual({ trusted: 1 });
    });

    it("takes a month of events in one call", async () => {
      const events = Array.from(
        { length: 3000 },
        (_, i): VerdictEvent => ({
          project: "p",
          atMs: i,
          app: "app",
          platform: "ios",
          verdict: "trusted",
          reason: null,
          subject: `s${i}`,
          use: "session",
        }),
      );
      await record.store.events.add(events);
      expect(await record.store.events.countActive("p", 0, 3000)).toEqual({ ios: 3000 });
    });
  });
}
