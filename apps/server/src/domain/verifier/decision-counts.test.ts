import { describe, expect, it } from "vitest";
import type { TrafficReport } from "../ports/index.ts";
import { createDecisionCounts } from "./decision-counts.ts";

const verifier = { project: "p", name: "gateway" };
const hourMs = 3_600_000;

function openCounts() {
  let nowMs = 10 * hourMs + 5;
  let nonces = 0;
  let isAway = false;
  const added: TrafficReport[] = [];
  const tried: string[] = [];
  const counts = createDecisionCounts({
    traffic: {
      add: async (report) => {
        tried.push(report.nonce);
        if (isAway) throw new Error("gone away");
        added.push(report);
        return true;
      },
    },
    clock: { nowMs: () => nowMs },
    random: (length) => {
      nonces += 1;
      return new Uint8Array(length).fill(nonces);
    },
  });
  return {
    counts,
    added,
    tried,
    advance: (ms: number) => {
      nowMs += ms;
    },
    away: (value: boolean) => {
      isAway = value;
    },
  };
}

describe("the counts of decisions", () => {
  it("are written once, by API and hour, in the names that backends report by", async () => {
    const { counts, added, advance } = openCounts();
    counts.note(verifier, "shop", null);
    counts.note(verifier, "shop", "token_missing");
    counts.note(verifier, "shop", "token_consumed");
    counts.note(verifier, "shop", "decoy");
    counts.note(verifier, "other", null);
    advance(hourMs);
    counts.note(verifier, "shop", null);
    await counts.flush();
    await counts.flush();
    expect(added.map(({ api, hourMs: hour, counts: all }) => [api, hour / hourMs, all])).toEqual([
      [
        "shop",
        10,
        {
          verified: 1,
          unknownOrigin: 1,
          "reason:token_missing": 1,
          reused: 1,
          "reason:token_consumed": 1,
          invalid: 1,
          decoys: 1,
          "reason:decoy": 1,
        },
      ],
      ["other", 10, { verified: 1 }],
      ["shop", 11, { verified: 1 }],
    ]);
    expect(new Set(added.map(({ nonce }) => nonce)).size).toBe(3);
  });

  it("are tried again under their own nonce, five times at most, and what comes meanwhile is counted beside", async () => {
    const { counts, added, tried, away } = openCounts();
    away(true);
    counts.note(verifier, "shop", null);
    for (let at = 0; at < 7; at += 1) await counts.flush();
    expect(tried).toHaveLength(5);
    expect(new Set(tried).size).toBe(1);
    counts.note(verifier, "shop", "token_missing");
    await counts.flush();
    away(false);
    counts.note(verifier, "shop", null);
    await counts.flush();
    expect(added.map((report) => report.counts)).toEqual([
      { unknownOrigin: 1, "reason:token_missing": 1 },
      { verified: 1 },
    ]);
  });
});
