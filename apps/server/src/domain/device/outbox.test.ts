import { describe, expect, it } from "vitest";
import type { VerdictEvent } from "../ports/index.ts";
import { openProjectLab } from "../project/project-lab.suite.ts";
import { createCounters } from "./counters.ts";
import { createOutbox } from "./outbox.ts";

const event: VerdictEvent = {
  project: "p",
  atMs: 1,
  app: "app",
  platform: "ios",
  verdict: "trusted",
  reason: null,
  subject: "s",
  use: "session",
};

describe("the outbox", () => {
  it("writes everything that waits, and counts what does not fit", async () => {
    const lab = await openProjectLab();
    try {
      const project = await lab.operations.create({ name: "p", kind: "production" });
      const outbox = createOutbox(lab.store, { capacity: 3, onError: () => {} });
      for (let each = 0; each < 5; each += 1) outbox.event({ ...event, project: project.id, subject: `s${each}` });
      expect(outbox.dropped).toBe(2);
      await outbox.flush();
      expect(await lab.store.events.countActive(project.id, 0, 2)).toEqual({ ios: 3 });
      outbox.event({ ...event, project: project.id, subject: "later" });
      await outbox.flush();
      expect(await lab.store.events.countActive(project.id, 0, 2)).toEqual({ ios: 4 });
    } finally {
      await lab.close();
    }
  });

  it("tells and counts what the record did not take", async () => {
    const lab = await openProjectLab();
    const errors: unknown[] = [];
    const outbox = createOutbox(lab.store, { capacity: 3, onError: (error) => errors.push(error) });
    await lab.close();
    outbox.event(event);
    await outbox.flush();
    expect([errors.length, outbox.dropped]).toEqual([1, 1]);
  });
});

describe("counters", () => {
  it("are written behind at most once an hour for each instance", async () => {
    const touched: number[] = [];
    let nowMs = 0;
    const store = {
      instances: { touch: async (_p: string, _i: string, counter: number) => void touched.push(counter) },
    };
    const counters = createCounters(store, { nowMs: () => nowMs });
    counters.note("p", "i", 1);
    counters.note("p", "i", 2);
    await counters.flush();
    counters.note("p", "i", 3);
    await counters.flush();
    nowMs = 3_600_000;
    counters.note("p", "i", 4);
    await counters.flush();
    expect(touched).toEqual([2, 4]);
  });
});
