import { beforeEach, describe, expect, it } from "vitest";
import type { Alarm } from "../ports/index.ts";
import {
  type AlarmBook,
  type AlarmEvent,
  alarmWindowMs,
  createAlarmBook,
  mostAlike,
  type Sighting,
} from "./alarm-book.ts";

const sighting = (more: Partial<Sighting> = {}): Sighting => ({
  project: "p",
  kind: "decoy_secret_used",
  decoy: "old-key",
  where: "broker",
  who: { api: "shop", network: "a-network" },
  ...more,
});
const from = (network: string): Sighting => sighting({ who: { api: "shop", network } });

let book: AlarmBook;
let state: {
  nowMs: number;
  down: boolean;
  full: boolean;
  puts: number;
  rows: Map<string, Alarm>;
  events: AlarmEvent[];
  errors: number;
  written: number;
};
beforeEach(() => {
  state = { nowMs: 1_000, down: false, full: false, puts: 0, rows: new Map(), events: [], errors: 0, written: 0 };
  let ids = 0;
  book = createAlarmBook({
    alarms: {
      put: async (alarm, most) => {
        expect(most).toBe(mostAlike);
        if (state.down || alarm.decoy === "unwritable") throw new Error("down");
        state.puts += 1;
        if (state.full && !state.rows.has(alarm.id)) return false;
        state.rows.set(alarm.id, alarm);
        return true;
      },
    },
    clock: { nowMs: () => state.nowMs },
    random: (length) => {
      ids += 1;
      return new Uint8Array(length).fill(ids);
    },
    onAlarm: (event) => state.events.push(event),
    onWritten: () => {
      state.written += 1;
    },
    onError: () => {
      state.errors += 1;
    },
  });
});
const rows = (): readonly Alarm[] => [...state.rows.values()];
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe("the book of alarms", () => {
  it("writes a new alarm at once, and says so in the log by names alone", async () => {
    book.raise(sighting({ kind: "reported", who: { hook: "cloud", text: "said", userAgent: "agent" } }));
    await turn();
    expect(rows()).toMatchObject([{ count: 1, firstAtMs: 1_000, lastAtMs: 1_000, acknowledgedAtMs: null }]);
    expect(rows()[0]?.who).toEqual({ hook: "cloud", text: "said", userAgent: "agent" });
    expect(state.events).toEqual([
      {
        event: "alarm",
        id: rows()[0]?.id,
        project: "p",
        kind: "reported",
        decoy: "old-key",
        where: "broker",
        hook: "cloud",
      },
    ]);
    expect(state.written).toBe(1);
  });

  it("counts ten minutes of one source in one alarm, and what comes later in another", async () => {
    for (let times = 0; times < 5; times += 1) book.raise(sighting());
    book.raise(sighting({ count: 10 }));
    state.nowMs += alarmWindowMs - 1;
    book.raise(sighting());
    await book.flush();
    expect(rows().map(({ count, lastAtMs }) => [count, lastAtMs])).toEqual([[16, 1_000 + alarmWindowMs - 1]]);
    state.nowMs += 1;
    book.raise(sighting());
    await book.flush();
    expect(rows().map(({ count }) => count)).toEqual([16, 1]);
  });

  it("keeps apart decoys, places, kinds, projects and sources", async () => {
    const others: readonly Partial<Sighting>[] = [
      {},
      { decoy: "other-key" },
      { where: "decision" },
      { kind: "canary_used" },
      { project: "q" },
      { who: { api: "shop", network: "another" } },
      { who: { api: "shop", network: "a-network", instance: "i" } },
    ];
    for (const more of others) book.raise(sighting(more));
    await book.flush();
    expect(rows()).toHaveLength(others.length);
  });

  it("writes a flood of 100,000 uses by 10,000 sources as 21 alarms that count them all", async () => {
    for (let use = 0; use < 100_000; use += 1) book.raise(from(`network-${use % 10_000}`));
    await book.flush();
    expect(rows()).toHaveLength(21);
    expect(state.events).toHaveLength(21);
    expect(state.puts).toBeLessThan(60);
    expect(rows().reduce((sum, { count }) => sum + count, 0)).toBe(100_000);
    expect(rows().filter(({ who }) => who.many === true)).toMatchObject([{ who: { api: "shop", many: true } }]);
    // What is over makes room for other sources.
    state.nowMs += alarmWindowMs;
    book.raise(from("late"));
    await book.flush();
    expect(rows().at(-1)?.who).toEqual({ api: "shop", network: "late" });
  });

  it("loses no use while the record does not answer, and never throws", async () => {
    state.down = true;
    for (let use = 0; use < 7; use += 1) book.raise(sighting());
    await book.flush();
    expect([rows().length, state.errors > 0, state.written]).toEqual([0, true, 0]);
    state.nowMs += alarmWindowMs;
    book.raise(sighting());
    await expect(book.flush()).resolves.toBeUndefined();
    state.down = false;
    await book.flush();
    expect(rows().map(({ count }) => count)).toEqual([8]);
    expect(state.written).toBe(1);
  });

  it("writes the others where the record does not take one", async () => {
    book.raise(sighting({ decoy: "unwritable" }));
    book.raise(sighting());
    await book.flush();
    book.raise(sighting());
    await book.flush();
    expect(rows().map(({ decoy, count }) => [decoy, count])).toEqual([["old-key", 2]]);
  });

  it("adds nothing twice where the record is full and counts the uses in another alarm", async () => {
    state.full = true;
    book.raise(sighting({ count: 3 }));
    await book.flush();
    state.full = false;
    book.raise(sighting());
    await book.flush();
    expect(rows().map(({ count }) => count)).toEqual([1]);
  });

  it("begins a new alarm after somebody has seen one, and takes no other for it", async () => {
    book.raise(sighting());
    book.raise(from("other"));
    await book.flush();
    const [seen] = rows();
    await book.end("q", seen?.id ?? "");
    book.raise(sighting());
    await book.flush();
    expect(rows().map(({ count }) => count)).toEqual([2, 1]);
    await book.end("p", seen?.id ?? "");
    book.raise(sighting());
    book.raise(from("other"));
    await book.flush();
    expect(rows().map(({ count }) => count)).toEqual([2, 2, 1]);
  });
});
