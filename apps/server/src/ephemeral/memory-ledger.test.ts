import { describe, expect, it } from "vitest";
import type { Spend } from "../domain/ports/index.ts";
import { ledgerSuite } from "./ledger.suite.ts";
import { createMemoryLedger, LedgerFullError } from "./memory-ledger.ts";

ledgerSuite("memory", () => {
  const clock = { nowMs: 0 };
  return { clock, open: async () => createMemoryLedger({ nowMs: () => clock.nowMs }) };
});

describe("the ledger in memory", () => {
  const startMs = 1_700_000_000_000;
  const open = (nonce: string, issuedAtMs: number): Spend => ({
    project: "p",
    instance: "i",
    challenge: { kind: "open", nonce, issuedAtMs, expiresAtMs: issuedAtMs + 125_000 },
    counter: null,
  });
  const continuing = (instance: string, issuedAtMs: number): Spend => ({
    project: "p",
    instance,
    challenge: { kind: "continuing", issuedAtMs, expiresAtMs: issuedAtMs + 3_605_000 },
    counter: null,
  });

  it("makes no challenge good again that it had to forget", async () => {
    const clock = { nowMs: startMs };
    const ledger = createMemoryLedger({ nowMs: () => clock.nowMs, capacity: 10 });
    for (let i = 0; i < 100; i += 1) {
      clock.nowMs = startMs + i;
      expect(await ledger.spend(open(`n${i}`, startMs + i))).toEqual({ ok: true });
      expect(await ledger.spend(continuing(`i${i}`, startMs + i))).toEqual({ ok: true });
    }
    for (let i = 0; i < 100; i += 1) {
      expect((await ledger.spend(open(`n${i}`, startMs + i))).ok).toBe(false);
      expect((await ledger.spend(continuing(`i${i}`, startMs + i))).ok).toBe(false);
    }
    expect(await ledger.epochMs()).toBeGreaterThan(startMs);
  });

  it("refuses a claim or a single-use value it could not remember", async () => {
    const ledger = createMemoryLedger({ nowMs: () => startMs, capacity: 2 });
    for (const nonce of ["a", "b"]) {
      expect(await ledger.claimEvidence("p", nonce, "k", 60)).toBe(true);
      expect(await ledger.once(nonce, 60)).toBe(true);
      expect(await ledger.draw(nonce, 1, 1, 60)).toBe(true);
    }
    await expect(ledger.claimEvidence("p", "c", "k", 60)).rejects.toThrow(LedgerFullError);
    await expect(ledger.once("c", 60)).rejects.toThrow(LedgerFullError);
    await expect(ledger.draw("c", 1, 1, 60)).rejects.toThrow(LedgerFullError);
    expect(await ledger.draw("a", 1, 1, 60)).toBe(false);
    expect(await ledger.once("a", 60)).toBe(false);
  });

  it("lets no project take the room of all others for single-use values and draws", async () => {
    const clock = { nowMs: startMs };
    const ledger = createMemoryLedger({ nowMs: () => clock.nowMs, capacity: 8 });
    for (let at = 0; at < 6; at += 1) {
      expect(await ledger.once(`greedy:${at}`, 60)).toBe(true);
      expect(await ledger.draw(`greedy:${at}`, 1, 1, 60)).toBe(true);
    }
    await expect(ledger.once("greedy:6", 60)).rejects.toThrow(LedgerFullError);
    await expect(ledger.draw("greedy:6", 1, 1, 60)).rejects.toThrow(LedgerFullError);
    expect(await ledger.once("other:0", 60)).toBe(true);
    expect(await ledger.draw("other:0", 1, 1, 60)).toBe(true);
    clock.nowMs = startMs + 60_000;
    for (let at = 6; at < 12; at += 1) {
      expect(await ledger.once(`greedy:${at}`, 60)).toBe(true);
      expect(await ledger.draw(`greedy:${at}`, 1, 1, 60)).toBe(true);
    }
  });

  it("brings nothing back when its clock is set back", async () => {
    const clock = { nowMs: startMs };
    const ledger = createMemoryLedger({ nowMs: () => clock.nowMs });
    expect(await ledger.spend(open("n", startMs))).toEqual({ ok: true });
    clock.nowMs = startMs + 500_000;
    expect(await ledger.spend(open("other", startMs + 500_000))).toEqual({ ok: true });
    clock.nowMs = startMs;
    expect((await ledger.spend(open("n", startMs))).ok).toBe(false);
  });

  it("counts what was issued before its clock was set back as older than itself, and goes on with the clock", async () => {
    const clock = { nowMs: startMs };
    const ledger = createMemoryLedger({ nowMs: () => clock.nowMs });
    expect(await ledger.once("token", 200)).toBe(true);
    clock.nowMs = startMs + 3_600_000;
    expect(await ledger.once("another", 200)).toBe(true);
    clock.nowMs = startMs + 10_000;
    expect(await ledger.epochMs()).toBe(startMs + 10_001);
    clock.nowMs = startMs + 11_000;
    expect(await ledger.spend(open("before", startMs + 9_000))).toEqual({ ok: false, reason: "challenge_expired" });
    expect(await ledger.spend(open("after", startMs + 11_000))).toEqual({ ok: true });
    expect(await ledger.epochMs()).toBe(startMs + 10_001);
  });

  it("takes no notice of a clock that goes back by less than nodes may be apart", async () => {
    const clock = { nowMs: startMs };
    const ledger = createMemoryLedger({ nowMs: () => clock.nowMs });
    clock.nowMs = startMs + 8_000;
    await ledger.once("a", 200);
    clock.nowMs = startMs + 3_000;
    expect(await ledger.epochMs()).toBe(startMs);
  });
});
