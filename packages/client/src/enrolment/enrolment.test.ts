import { encodeBase64url } from "@countersign/protocol";
import { generateSigningKey } from "@countersign/protocol/server";
import { describe, expect, it } from "vitest";
import { AgentClock, type Moment } from "../clock/agent-clock.ts";
import { createFakeTime } from "../testing/fake-time.ts";
import { enrolmentWaitSeconds, recordEnrolment } from "./enrolment-budget.ts";
import { noInstance, parseStoredInstance, type StoredInstance, toStoredText } from "./stored-instance.ts";

describe("the budget of driven enrolments", () => {
  it("allows one an hour and three a day beside a key that is held, on a clock nobody sets", async () => {
    const time = createFakeTime();
    const clock = new AgentClock(time.clock);
    let driven: Moment[] = [];
    const allowedAt: number[] = [];
    const startMs = time.nowMs();
    for (let minute = 0; minute < 2 * 24 * 60; minute += 5) {
      time.leapWall(86_400_000);
      if (enrolmentWaitSeconds(driven, clock, true) === 0) {
        driven = recordEnrolment(driven, clock);
        allowedAt.push((time.nowMs() - startMs) / 3_600_000);
      }
      await time.advance(300_000);
    }
    expect(allowedAt).toEqual([0, 1, 2, 24, 25, 26]);
  });

  it("tells how long to wait", async () => {
    const time = createFakeTime();
    const clock = new AgentClock(time.clock);
    const driven = recordEnrolment([], clock);
    await time.advance(600_000);
    expect(enrolmentWaitSeconds(driven, clock, true)).toBe(3000);
  });

  it("doubles the wait from a minute to an hour where no key is held, and forgets what is a day old", async () => {
    const time = createFakeTime();
    const clock = new AgentClock(time.clock);
    let driven: Moment[] = [];
    const waits: number[] = [];
    for (let times = 0; times < 9; times += 1) {
      driven = recordEnrolment(driven, clock);
      const wait = enrolmentWaitSeconds(driven, clock, false);
      waits.push(wait / 60);
      await time.advance(wait * 1000);
      expect(enrolmentWaitSeconds(driven, clock, false)).toBe(0);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    await time.advance(86_400_000);
    expect(enrolmentWaitSeconds(recordEnrolment(driven, clock), clock, false)).toBe(60);
  });
});

const newPoint = (): string => encodeBase64url(generateSigningKey().point);

const full: StoredInstance = {
  held: { alias: "a", instanceKey: newPoint(), attestedKey: newPoint(), build: "1" },
  credential: "d",
  challenge: { text: "e", at: { continuousMs: 1, wallMs: 2 } },
  pending: {
    alias: "f",
    instanceKey: newPoint(),
    attestedKey: newPoint(),
    build: "2",
    evidence: [
      { type: "apple", challenge: "i", attestation: "ajo" },
      { type: "android", challenge: "k", chain: ["bA", "bQ"] },
    ],
    madeAt: { continuousMs: 3, wallMs: 4 },
    evidenceSpent: true,
  },
  halfMade: "n",
  drivenEnrolments: [{ continuousMs: 5, wallMs: 6 }],
  superseded: ["o"],
};

describe("the stored instance", () => {
  it("comes back from storage as it was", () => {
    expect(parseStoredInstance(toStoredText(full))).toEqual(full);
    expect(parseStoredInstance(toStoredText(noInstance))).toEqual(noInstance);
  });

  it.each([
    ["a credential with a foreign character", { credential: "ab=" }, { credential: null }],
    ["a credential that is too long", { credential: "a".repeat(1501) }, { credential: null }],
    ["a key that is cut", { held: { ...full.held, instanceKey: full.held?.instanceKey.slice(2) } }, { held: null }],
    ["a key that is no point", { held: { ...full.held, attestedKey: "A".repeat(87) } }, { held: null }],
    ["a pending key that is cut", { pending: { ...full.pending, attestedKey: "BA" } }, { pending: null }],
  ])("counts %s as absent, and keeps the rest", (_, damage, expected) => {
    const text = JSON.stringify({ ...full, ...damage });
    expect(parseStoredInstance(text)).toEqual({ ...full, ...expected });
  });

  it("counts as none, or as what is left of it, where storage was damaged", () => {
    for (const text of [null, "", "{", "[]", "null", "7", '"x"', "{}"])
      expect(parseStoredInstance(text)).toEqual(noInstance);
    const text = toStoredText(full);
    for (let at = 0; at < text.length; at += 1) {
      const damaged = parseStoredInstance(`${text.slice(0, at)}?${text.slice(at + 1)}`);
      expect(typeof damaged).toBe("object");
    }
    expect(
      parseStoredInstance(JSON.stringify({ ...full, held: { alias: "a" }, pending: 5, challenge: { text: "e" } })),
    ).toEqual({
      ...full,
      held: null,
      pending: null,
      challenge: null,
    });
  });
});
