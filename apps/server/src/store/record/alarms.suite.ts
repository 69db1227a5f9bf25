import { describe, expect, it } from "vitest";
import { sampleAlarm, sampleAlarmHook, sampleDecoySecret } from "../record-samples.suite.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function alarmsContract(record: OpenRecord): void {
  describe("decoy secrets and alarms", () => {
    it("keeps decoys by name, each once in a project, and forgets what is removed", async () => {
      await record.withProjects("p", "q");
      const [one, two] = [sampleDecoySecret("p", "b-key"), { ...sampleDecoySecret("p", "a-key"), note: "" }];
      expect(await record.store.decoySecrets.add(one)).toBe(true);
      expect(await record.store.decoySecrets.add(two)).toBe(true);
      expect(await record.store.decoySecrets.add({ ...one, digest: "another" })).toBe(false);
      expect(await record.store.decoySecrets.add(sampleDecoySecret("q", "b-key"))).toBe(true);
      expect(await record.store.decoySecrets.list("p")).toEqual([two, one]);
      expect(await record.store.decoySecrets.remove("p", "b-key")).toBe(true);
      expect(await record.store.decoySecrets.remove("p", "b-key")).toBe(false);
      expect(await record.store.decoySecrets.list("p")).toEqual([two]);
      expect(await record.store.decoySecrets.list("q")).toHaveLength(1);
      await expect(record.store.decoySecrets.add(sampleDecoySecret("nowhere", "x"))).rejects.toThrow();
    });

    it("writes an alarm anew and as it stands later, and never undoes an acknowledgement", async () => {
      await record.withProjects("p", "q");
      const alarm = sampleAlarm("p", "one");
      expect(await record.store.alarms.put(alarm, 10)).toBe(true);
      expect(await record.store.alarms.get("p", "one")).toEqual(alarm);
      expect(await record.store.alarms.get("q", "one")).toBeNull();
      expect(await record.store.alarms.acknowledge("p", "one", 50)).toBe(true);
      expect(await record.store.alarms.acknowledge("p", "one", 60)).toBe(true);
      expect(await record.store.alarms.acknowledge("q", "one", 60)).toBe(false);
      const later = { ...alarm, count: 7, lastAtMs: alarm.lastAtMs + 5 };
      expect(await record.store.alarms.put(later, 1)).toBe(true);
      expect(await record.store.alarms.get("p", "one")).toEqual({ ...later, acknowledgedAtMs: 50 });
      await record.store.alarms.put({ ...later, count: Number.MAX_SAFE_INTEGER }, 1);
      expect((await record.store.alarms.get("p", "one"))?.count).toBe(1_000_000_000_000);
    });

    it("lists the newest use first, the open alone where asked, no more than asked, of one project", async () => {
      await record.withProjects("p", "q");
      const at = (id: string, lastAtMs: number) => ({ ...sampleAlarm("p", id), lastAtMs });
      for (const alarm of [at("a", 3), at("b", 9), at("c", 6)]) await record.store.alarms.put(alarm, 10);
      await record.store.alarms.put({ ...sampleAlarm("q", "z"), kind: "reported", decoy: null }, 10);
      await record.store.alarms.acknowledge("p", "b", 1);
      const ids = async (open: boolean, limit = 10) =>
        (await record.store.alarms.list("p", { open, limit })).map(({ id }) => id);
      expect(await ids(false)).toEqual(["b", "c", "a"]);
      expect(await ids(true)).toEqual(["c", "a"]);
      expect(await ids(false, 1)).toEqual(["b"]);
      expect([await record.store.alarms.countOpen("p"), await record.store.alarms.countOpen("q")]).toEqual([2, 1]);
      expect((await record.store.alarms.list("q", { open: true, limit: 9 }))[0]).toMatchObject({ decoy: null });
    });

    it("holds so many alarms of one kind and decoy: the oldest acknowledged gives way, else the uses go to the newest", async () => {
      await record.withProjects("p", "q");
      const at = (id: string, firstAtMs: number) => ({
        ...sampleAlarm("p", id),
        firstAtMs,
        lastAtMs: firstAtMs,
        count: 4,
      });
      await record.store.alarms.put(at("a", 1), 2);
      await record.store.alarms.put(at("b", 2), 2);
      await record.store.alarms.put({ ...at("other", 0), decoy: "other-key" }, 2);
      await record.store.alarms.put({ ...at("canary", 0), kind: "canary_used" }, 2);
      await record.store.alarms.put({ ...sampleAlarm("q", "a") }, 2);
      expect(await record.store.alarms.put(at("c", 30), 2)).toBe(false);
      expect(await record.store.alarms.get("p", "c")).toBeNull();
      expect(await record.store.alarms.get("p", "b")).toMatchObject({ count: 8, firstAtMs: 2, lastAtMs: 30 });
      expect(await record.store.alarms.get("p", "a")).toMatchObject({ count: 4, lastAtMs: 1 });
      await record.store.alarms.acknowledge("p", "a", 40);
      expect(await record.store.alarms.put(at("c", 50), 2)).toBe(true);
      expect(await record.store.alarms.get("p", "a")).toBeNull();
      expect((await record.store.alarms.list("p", { open: false, limit: 9 })).map(({ id }) => id).toSorted()).toEqual([
        "b",
        "c",
        "canary",
        "other",
      ]);
      const none = (id: string) => ({ ...sampleAlarm("p", id), kind: "reported", decoy: null }) as const;
      expect(await record.store.alarms.put(none("x"), 1)).toBe(true);
      expect(await record.store.alarms.put(none("y"), 1)).toBe(false);
    });

    it("forgets alarms that are old, and sooner those that are acknowledged", async () => {
      await record.withProjects("p");
      for (const [id, lastAtMs] of [
        ["old", 5],
        ["seen", 50],
        ["new", 60],
      ] as const)
        await record.store.alarms.put({ ...sampleAlarm("p", id), lastAtMs }, 10);
      await record.store.alarms.acknowledge("p", "seen", 70);
      expect(await record.store.alarms.prune(5, 70)).toBe(0);
      expect(await record.store.alarms.prune(6, 71)).toBe(2);
      expect((await record.store.alarms.list("p", { open: false, limit: 9 })).map(({ id }) => id)).toEqual(["new"]);
    });

    it("has an alarm told of when it is new and again when it is settled so, and knows where", async () => {
      await record.withProjects("p", "q");
      const [one, two] = [
        { ...sampleAlarm("p", "one"), firstAtMs: 20 },
        { ...sampleAlarm("q", "two"), firstAtMs: 10 },
      ];
      for (const alarm of [one, two]) await record.store.alarms.put(alarm, 10);
      expect(await record.store.alarmNotices.due("p", 19, 10)).toEqual([]);
      expect(await record.store.alarmNotices.due("p", 20, 10)).toEqual([{ alarm: one, tries: 0 }]);
      expect(await record.store.alarmNotices.due("q", 20, 10)).toEqual([{ alarm: two, tries: 0 }]);
      await record.store.alarms.put({ ...one, id: "later", firstAtMs: 21 }, 10);
      expect(await record.store.alarmNotices.due("p", 30, 1)).toEqual([{ alarm: one, tries: 0 }]);
      await record.store.alarmNotices.settle({ project: "p", id: "later" }, 0, null);
      await record.store.alarmNotices.settle(one, 1, 90);
      await record.store.alarmNotices.settle(two, 0, null);
      await record.store.alarms.put({ ...one, count: 2 }, 10);
      expect([
        await record.store.alarmNotices.due("p", 89, 10),
        await record.store.alarmNotices.due("q", 89, 10),
      ]).toEqual([[], []]);
      expect(await record.store.alarmNotices.due("p", 90, 10)).toEqual([{ alarm: { ...one, count: 2 }, tries: 1 }]);
      expect(await record.store.alarmNotices.target("p")).toBeNull();
      await record.store.alarmNotices.setTarget("p", "sealed-one");
      await record.store.alarmNotices.setTarget("p", "sealed-two");
      expect([await record.store.alarmNotices.target("p"), await record.store.alarmNotices.target("q")]).toEqual([
        "sealed-two",
        null,
      ]);
      await record.store.alarmNotices.setTarget("p", null);
      expect(await record.store.alarmNotices.target("p")).toBeNull();
    });

    it("finds a hook by its token's hash, names each once in a project, and forgets what is removed", async () => {
      await record.withProjects("p", "q");
      const [one, any] = [sampleAlarmHook("p", "cloud"), { ...sampleAlarmHook("p", "any"), decoy: null }];
      expect(await record.store.alarmHooks.add(one)).toBe(true);
      expect(await record.store.alarmHooks.add(any)).toBe(true);
      expect(await record.store.alarmHooks.add({ ...one, tokenHash: "another" })).toBe(false);
      await expect(
        record.store.alarmHooks.add({ ...sampleAlarmHook("q", "cloud"), tokenHash: one.tokenHash }),
      ).rejects.toThrow();
      expect(await record.store.alarmHooks.list("p")).toEqual([any, one]);
      expect(await record.store.alarmHooks.byTokenHash(one.tokenHash)).toEqual(one);
      expect(await record.store.alarmHooks.byTokenHash("another")).toBeNull();
      expect(await record.store.alarmHooks.remove("q", "cloud")).toBe(false);
      expect(await record.store.alarmHooks.remove("p", "cloud")).toBe(true);
      expect(await record.store.alarmHooks.byTokenHash(one.tokenHash)).toBeNull();
    });
  });
}
