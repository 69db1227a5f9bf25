import { beforeEach, describe, expect, it } from "vitest";
import type { Ledger, OnceLedger, Spend, UseLedger } from "../domain/ports/index.ts";

/** A ledger on a clock that the suite moves. `open` makes an empty one, born at the clock's present time. */
export interface LedgerUnderTest {
  readonly clock: { nowMs: number };
  open(): Promise<Ledger & OnceLedger & UseLedger>;
}

/** The contract of the ledger ports. Every adapter passes it. */
export function ledgerSuite(name: string, create: () => LedgerUnderTest): void {
  describe(`ledger: ${name}`, () => {
    const startMs = 1_700_000_000_000;
    let clock: { nowMs: number };
    let ledger: Ledger & OnceLedger & UseLedger;
    let reopen: () => Promise<Ledger & OnceLedger & UseLedger>;

    beforeEach(async () => {
      const underTest = create();
      clock = underTest.clock;
      clock.nowMs = startMs;
      reopen = () => underTest.open();
      ledger = await reopen();
    });

    const open = (nonce: string, more: Partial<Spend> = {}): Spend => ({
      project: "project-a",
      instance: "instance-a",
      challenge: { kind: "open", nonce, issuedAtMs: startMs, expiresAtMs: startMs + 125_000 },
      counter: null,
      ...more,
    });
    const continuing = (issuedAtMs: number, more: Partial<Spend> = {}): Spend => ({
      project: "project-a",
      instance: "instance-a",
      challenge: { kind: "continuing", issuedAtMs, expiresAtMs: issuedAtMs + 3_605_000 },
      counter: null,
      ...more,
    });
    const ok = { ok: true };
    const refused = (reason: string) => ({ ok: false, reason });

    it("spends an open challenge once", async () => {
      expect(await ledger.spend(open("n1"))).toEqual(ok);
      expect(await ledger.spend(open("n1"))).toEqual(refused("challenge_spent"));
      expect(await ledger.spend(open("n1", { instance: "instance-b" }))).toEqual(refused("challenge_spent"));
      expect(await ledger.spend(open("n2"))).toEqual(ok);
    });

    it("lets exactly one of many parallel spends through", async () => {
      const opens = await Promise.all(Array.from({ length: 50 }, () => ledger.spend(open("n1"))));
      expect(opens.filter((spent) => spent.ok)).toHaveLength(1);
      const watermarks = await Promise.all(Array.from({ length: 50 }, () => ledger.spend(continuing(startMs))));
      expect(watermarks.filter((spent) => spent.ok)).toHaveLength(1);
    });

    it("accepts a continuing challenge only above the watermark, strictly", async () => {
      expect(await ledger.spend(continuing(startMs + 10))).toEqual(ok);
      expect(await ledger.spend(continuing(startMs + 10))).toEqual(refused("challenge_spent"));
      expect(await ledger.spend(continuing(startMs + 9))).toEqual(refused("challenge_spent"));
      expect(await ledger.spend(continuing(startMs + 11))).toEqual(ok);
    });

    it("keeps a watermark as long as an older challenge with a longer life could still come", async () => {
      const older: Spend = {
        ...continuing(startMs),
        challenge: { kind: "continuing", issuedAtMs: startMs, expiresAtMs: startMs + 43_205_000 },
      };
      const newer: Spend = {
        ...continuing(startMs),
        challenge: { kind: "continuing", issuedAtMs: startMs + 1, expiresAtMs: startMs + 120_000 },
      };
      expect(await ledger.spend(newer)).toEqual(ok);
      clock.nowMs = startMs + 43_204_999;
      expect(await ledger.spend(older)).toEqual(refused("challenge_spent"));
    });

    it("keeps projects and instances apart", async () => {
      expect(await ledger.spend(open("n1"))).toEqual(ok);
      expect(await ledger.spend(open("n1", { project: "project-b" }))).toEqual(ok);
      expect(await ledger.spend(continuing(startMs + 10))).toEqual(ok);
      expect(await ledger.spend(continuing(startMs + 5, { instance: "instance-b" }))).toEqual(ok);
      expect(await ledger.spend(continuing(startMs + 5, { project: "project-b" }))).toEqual(ok);
    });

    it("takes no two pairs of project and name for one", async () => {
      expect(await ledger.spend(continuing(startMs, { project: "ab", instance: "c" }))).toEqual(ok);
      expect(await ledger.spend(continuing(startMs, { project: "a", instance: "bc" }))).toEqual(ok);
    });

    it("takes a counter only above both the one it knows and the floor", async () => {
      expect(await ledger.spend(open("n1", { counter: { value: 5, floor: 5 } }))).toEqual(refused("counter_stale"));
      expect(await ledger.spend(open("n1", { counter: { value: 6, floor: 5 } }))).toEqual(ok);
      expect(await ledger.spend(open("n2", { counter: { value: 6, floor: 0 } }))).toEqual(refused("counter_stale"));
      expect(await ledger.spend(open("n2", { counter: { value: 9, floor: 9 } }))).toEqual(refused("counter_stale"));
      expect(await ledger.spend(continuing(startMs, { counter: { value: 7, floor: 0 } }))).toEqual(ok);
      expect(await ledger.spend(open("n2", { instance: "instance-b", counter: { value: 1, floor: 0 } }))).toEqual(ok);
    });

    it("takes no counter that is not a number", async () => {
      expect(await ledger.spend(open("n1", { counter: { value: Number.NaN, floor: 0 } }))).toEqual(
        refused("counter_stale"),
      );
    });

    it("spends nothing where the counter is stale", async () => {
      await ledger.spend(open("n0", { counter: { value: 5, floor: 0 } }));
      expect(await ledger.spend(open("n1", { counter: { value: 5, floor: 0 } }))).toEqual(refused("counter_stale"));
      expect(await ledger.spend(open("n1", { counter: { value: 6, floor: 0 } }))).toEqual(ok);
      expect(await ledger.spend(continuing(startMs, { counter: { value: 6, floor: 0 } }))).toEqual(
        refused("counter_stale"),
      );
      expect(await ledger.spend(continuing(startMs, { counter: { value: 7, floor: 0 } }))).toEqual(ok);
    });

    it("raises no counter where the challenge was spent", async () => {
      await ledger.spend(open("n1", { counter: { value: 1, floor: 0 } }));
      expect(await ledger.spend(open("n1", { counter: { value: 100, floor: 0 } }))).toEqual(refused("challenge_spent"));
      expect(await ledger.spend(open("n2", { counter: { value: 2, floor: 0 } }))).toEqual(ok);
    });

    it("peeks without spending", async () => {
      expect(await ledger.peek(open("n1"))).toEqual(ok);
      expect(await ledger.peek(continuing(startMs))).toEqual(ok);
      expect(await ledger.spend(open("n1"))).toEqual(ok);
      expect(await ledger.spend(continuing(startMs))).toEqual(ok);
      expect(await ledger.peek(open("n1"))).toEqual(refused("challenge_spent"));
      expect(await ledger.peek(continuing(startMs))).toEqual(refused("challenge_spent"));
    });

    it("calls a challenge expired from its end on", async () => {
      clock.nowMs = startMs + 125_000;
      expect(await ledger.peek(open("n1"))).toEqual(refused("challenge_expired"));
      expect(await ledger.spend(open("n1"))).toEqual(refused("challenge_expired"));
    });

    it("calls a challenge expired that is older than the ledger", async () => {
      expect(await ledger.epochMs()).toBe(startMs);
      const before: Spend = {
        ...open("n1"),
        challenge: { kind: "open", nonce: "n1", issuedAtMs: startMs - 1, expiresAtMs: startMs + 60_000 },
      };
      expect(await ledger.spend(before)).toEqual(refused("challenge_expired"));
      expect(await ledger.spend(continuing(startMs - 1))).toEqual(refused("challenge_expired"));
    });

    it("makes no spent challenge good again when it is lost", async () => {
      expect(await ledger.spend(open("n1"))).toEqual(ok);
      expect(await ledger.spend(continuing(startMs))).toEqual(ok);
      clock.nowMs += 1;
      const reborn = await reopen();
      expect(await reborn.spend(open("n1"))).toEqual(refused("challenge_expired"));
      expect(await reborn.spend(continuing(startMs))).toEqual(refused("challenge_expired"));
    });

    it("ties an evidence challenge to one key", async () => {
      expect(await ledger.claimEvidence("project-a", "n1", "key-1", 3700)).toBe(true);
      expect(await ledger.claimEvidence("project-a", "n1", "key-1", 3700)).toBe(true);
      expect(await ledger.claimEvidence("project-a", "n1", "key-2", 3700)).toBe(false);
      expect(await ledger.claimEvidence("project-b", "n1", "key-2", 3700)).toBe(true);
      clock.nowMs += 3_699_999;
      expect(await ledger.claimEvidence("project-a", "n1", "key-2", 3700)).toBe(false);
    });

    it("gives a budget's uses out exactly, per key and window", async () => {
      const taken = await Promise.all(Array.from({ length: 10 }, () => ledger.take("project-a:network", 3, 60)));
      expect(taken.filter(Boolean)).toHaveLength(3);
      expect(await ledger.take("project-b:network", 3, 60)).toBe(true);
      clock.nowMs += 120_000;
      expect(await ledger.take("project-a:network", 3, 60)).toBe(true);
    });

    it("gives nothing out of an empty budget", async () => {
      expect(await ledger.take("service:none", 0, 60)).toBe(false);
    });

    it("draws what fits into a budget and nothing of what does not, per key and window", async () => {
      const drawn = await Promise.all(Array.from({ length: 10 }, () => ledger.draw("project-a:spend", 30, 100, 60)));
      expect(drawn.filter(Boolean)).toHaveLength(3);
      expect(await ledger.draw("project-a:spend", 10, 100, 60)).toBe(true);
      expect(await ledger.draw("project-a:spend", 1, 100, 60)).toBe(false);
      expect(await ledger.draw("project-b:spend", 100, 100, 60)).toBe(true);
      expect(await ledger.draw("project-c:spend", 101, 100, 60)).toBe(false);
      clock.nowMs += 59_999;
      expect(await ledger.draw("project-a:spend", 1, 100, 60)).toBe(false);
      clock.nowMs += 60_001;
      expect(await ledger.draw("project-a:spend", 100, 100, 60)).toBe(true);
    });

    it("sees a single-use value once in its life", async () => {
      expect(await ledger.once("project-a:nonce", 60)).toBe(true);
      expect(await ledger.once("project-a:nonce", 60)).toBe(false);
      expect(await ledger.once("project-b:nonce", 60)).toBe(true);
      clock.nowMs += 59_999;
      expect(await ledger.once("project-a:nonce", 60)).toBe(false);
    });

    it("lets exactly one of many who ask at once be the first, so that a token is consumed once on every node", async () => {
      const asked = await Promise.all(Array.from({ length: 50 }, () => ledger.once("project-a:consumed:api:jti", 300)));
      expect(asked.filter(Boolean)).toHaveLength(1);
      expect(await ledger.once("project-a:consumed:other:jti", 300)).toBe(true);
    });
  });
}
