import { describe, expect, it } from "vitest";
import type { Ban } from "../ports/index.ts";
import { openProjectLab } from "../project/project-lab.suite.ts";
import { createStanding } from "./standing.ts";

const ban = {
  project: "p",
  kind: "ban",
  by: "instance",
  target: "i",
  reason: "r",
  createdAtMs: 0,
  untilMs: null,
} as const;

describe("standing", () => {
  it("sees bans and lifts of other nodes with the next reconciliation, and tells of those that are new", async () => {
    const lab = await openProjectLab();
    try {
      const told: Ban[] = [];
      const { id: project } = await lab.operations.create({ name: "p", kind: "production" });
      await lab.store.bans.add({ ...ban, project, target: "old" });
      const clock = { nowMs: lab.nowMs, monotonicMs: lab.nowMs };
      const standing = createStanding(lab.store, clock, (each) => told.push(each));
      await standing.reconcile();
      expect([standing.of(project, "old", null).banned, told]).toEqual([true, []]);
      await lab.store.bans.add({ ...ban, project });
      expect(standing.of(project, "i", null).banned).toBe(false);
      await standing.reconcile();
      expect([standing.of(project, "i", null).banned, told.map((each) => each.target)]).toEqual([true, ["i"]]);
      expect(standing.of("q", "i", null).banned).toBe(false);
      await lab.store.bans.lift(project, "instance", "i", lab.nowMs());
      await standing.reconcile();
      expect(standing.of(project, "i", null).banned).toBe(false);
    } finally {
      await lab.close();
    }
  });

  it("holds by subject, and lets a quarantine end by the clock", async () => {
    const lab = await openProjectLab();
    try {
      const { id: project } = await lab.operations.create({ name: "p", kind: "production" });
      const standing = createStanding(lab.store, { nowMs: lab.nowMs, monotonicMs: lab.nowMs });
      const untilMs = lab.nowMs() + 1000;
      standing.add(
        await lab.store.bans.add({ ...ban, project, kind: "quarantine", by: "subject", target: "s", untilMs }),
      );
      expect([standing.of(project, "x", "s").quarantined, standing.of(project, "s", null).quarantined]).toEqual([
        true,
        false,
      ]);
      lab.advance(1000);
      expect(standing.of(project, "x", "s").quarantined).toBe(false);
    } finally {
      await lab.close();
    }
  });

  it("is current for 30 seconds after a reconciliation, and not before the first", async () => {
    const lab = await openProjectLab();
    try {
      const standing = createStanding(lab.store, { nowMs: lab.nowMs, monotonicMs: lab.nowMs });
      expect(standing.isCurrent()).toBe(false);
      await standing.reconcile();
      lab.advance(30_000);
      expect(standing.isCurrent()).toBe(true);
      lab.advance(1);
      expect(standing.isCurrent()).toBe(false);
    } finally {
      await lab.close();
    }
  });
});
