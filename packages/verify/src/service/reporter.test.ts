import { describe, expect, it } from "vitest";
import { refuse } from "../refuse.ts";
import type { Verification } from "../verification.ts";
import { createReporter } from "./reporter.ts";
import type { TrafficReport } from "./service-port.ts";

const verified: Verification = {
  ok: true,
  bucket: "verified",
  token: { claims: {}, subject: null, arc: null, use: "instance", expiresAtMs: 0, proof: "none" },
};

function harness() {
  const tasks: { readonly task: () => void; readonly delayMs: number }[] = [];
  const state = { nowMs: 1000, taken: true, sent: [] as TrafficReport[] };
  let nonces = 0;
  const reporter = createReporter({
    service: {
      consume: async () => ({ ok: false, reason: "consume_unavailable" }),
      report: async (report) => {
        state.sent.push(report);
        if (!state.taken) throw new Error("down");
        return true;
      },
    },
    nowMs: () => state.nowMs,
    later: (task, delayMs) => tasks.push({ task, delayMs }),
    nonce: () => {
      nonces += 1;
      return `n${nonces}`;
    },
  });
  /** A minute goes by. */
  const minute = async () => {
    state.nowMs += 60_000;
    for (const { task } of tasks.splice(0)) task();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { reporter, state, tasks, minute };
}

describe("the reporter", () => {
  it("sends nothing for nothing, and what a minute brought at its end", async () => {
    const { reporter, state, tasks, minute } = harness();
    expect(tasks).toEqual([]);
    reporter.record(verified);
    reporter.record(refuse("decoy"));
    expect(tasks.map(({ delayMs }) => delayMs)).toEqual([60_000]);
    expect(state.sent).toEqual([]);
    await minute();
    expect(state.sent).toEqual([
      {
        counts: { verified: 1, outdated: 0, unknownOrigin: 0, invalid: 1, reused: 0, decoys: 1 },
        reasons: { decoy: 1 },
        fromMs: 1000,
        toMs: 61_000,
        nonce: "n1",
      },
    ]);
    await minute();
    expect(state.sent.length).toBe(1);
    reporter.record(verified);
    await minute();
    expect(state.sent.map(({ nonce, counts }) => [nonce, counts.verified])).toEqual([
      ["n1", 1],
      ["n2", 1],
    ]);
  });

  it("sends an unsent report again under its nonce, five times at most, and counts on meanwhile", async () => {
    const { reporter, state, minute } = harness();
    state.taken = false;
    reporter.record(verified);
    for (let time = 0; time < 6; time += 1) {
      await minute();
      reporter.record(verified);
    }
    expect(state.sent.map(({ nonce }) => nonce)).toEqual(["n1", "n1", "n1", "n1", "n1", "n2"]);
    expect(state.sent[4]).toEqual(state.sent[0]);
    expect(state.sent[5]?.counts.verified).toBe(5);
  });

  it("sends what is left when it closes, what was unsent first", async () => {
    const { reporter, state, minute } = harness();
    state.taken = false;
    reporter.record(verified);
    await minute();
    reporter.record(refuse("token_missing"));
    state.taken = true;
    await reporter.close();
    expect(state.sent.map(({ nonce }) => nonce)).toEqual(["n1", "n1", "n2"]);
    await reporter.close();
    expect(state.sent.length).toBe(3);
  });

  it("tells of decoys within seconds, with how often each came, and once", async () => {
    const { reporter, state, tasks } = harness();
    reporter.spotted("one");
    reporter.spotted("two");
    reporter.spotted("one");
    expect(tasks.map(({ delayMs }) => delayMs).toSorted((a, b) => a - b)).toEqual([5_000, 60_000]);
    for (const { task, delayMs } of tasks.splice(0)) if (delayMs === 5_000) task();
    await new Promise((resolve) => setImmediate(resolve));
    expect(state.sent.map(({ spotted }) => spotted)).toEqual([
      [
        { hash: "one", uses: 2 },
        { hash: "two", uses: 1 },
      ],
    ]);
    reporter.record(verified);
    await reporter.close();
    expect(state.sent[1]).not.toHaveProperty("spotted");
  });

  it("names 32 decoys at most, and never reports more often for them while it cannot be heard", async () => {
    const { reporter, state, tasks } = harness();
    state.taken = false;
    for (let at = 0; at < 100; at += 1) reporter.spotted(`hash-${at}`);
    for (const { task, delayMs } of tasks.splice(0)) if (delayMs === 5_000) task();
    await new Promise((resolve) => setImmediate(resolve));
    expect(state.sent[0]?.spotted).toHaveLength(32);
    reporter.spotted("again");
    expect(tasks.filter(({ delayMs }) => delayMs === 5_000)).toEqual([]);
  });

  it("never rejects, and does not wait for a service that is down", async () => {
    const { reporter, state } = harness();
    state.taken = false;
    reporter.record(verified);
    await expect(reporter.close()).resolves.toBeUndefined();
  });
});
