import { limits } from "@countersign/protocol";
import type { Ledger, OnceLedger, Spend, Spent, UseLedger } from "../domain/ports/index.ts";
import { ExpiringMap } from "./expiring-map.ts";

/** A challenge lives at most 12 hours (protocol section 4); an instance's watermark outlives every challenge it must still stop. */
const watermarkMs = 43_200_000 + 10_000;

/** Of the single-use values and draws that are held, and of each alone. */
const mostOfOneProject = 0.75;

interface InstanceMark {
  watermarkMs: number;
  counter: number;
}

/** The ledger holds as much as it may and what it would have to forget still counts: the caller answers `unavailable`. */
export class LedgerFullError extends Error {
  readonly code = "ledger_full";

  constructor() {
    super("The ledger in memory is full.");
    this.name = "LedgerFullError";
  }
}

export interface MemoryLedgerOptions {
  readonly nowMs: () => number;
  /** Entries of each kind. Default 1,000,000. */
  readonly capacity?: number;
}

/**
 * The ledger of a single node. Its epoch is its birth, or the last time its clock was set back. Where it is full it forgets the challenges that end first and moves the epoch past
 * them, so that what it forgot is expired and never good again; claims, single-use values and draws it does not forget: it refuses new ones. Of the latter two no
 * project has more than three quarters.
 */
export function createMemoryLedger({
  nowMs,
  capacity = 1_000_000,
}: MemoryLedgerOptions): Ledger & OnceLedger & UseLedger {
  let latestMs = nowMs();
  let epochMs = latestMs;
  const forgetIssuedAt = (issuedAtMs: number): void => {
    epochMs = Math.max(epochMs, issuedAtMs + 1);
  };
  const refuse = (): never => {
    throw new LedgerFullError();
  };
  const nonces = new ExpiringMap<number>(capacity, forgetIssuedAt);
  const marks = new ExpiringMap<InstanceMark>(capacity, (mark) => forgetIssuedAt(mark.watermarkMs));
  const claims = new ExpiringMap<string>(capacity, refuse);
  // Who may ask much in one project's name, such as a broker that was taken over, fills that project's share.
  const shares = { of: projectOf, most: Math.ceil(capacity * mostOfOneProject), onFull: refuse };
  const seen = new ExpiringMap<true>(capacity, refuse, shares);
  const budgets = new ExpiringMap<{ used: number }>(capacity, () => {});
  const draws = new ExpiringMap<{ used: number }>(capacity, refuse, shares);

  /**
   * Never goes back by a little: an entry that ended must not be awaited again. A clock that is set back by more had been ahead, and entries ended
   * by it too soon: what was issued until now may be among what they stood for, so the ledger begins anew with this moment.
   */
  const now = (): number => {
    const readMs = nowMs();
    if (readMs < latestMs - limits.clockToleranceMs) {
      epochMs = Math.max(epochMs, readMs + 1);
      latestMs = readMs;
    }
    latestMs = Math.max(latestMs, readMs);
    return latestMs;
  };

  const judgeChallenge = ({ project, instance, challenge }: Spend, atMs: number): Spent => {
    if (challenge.issuedAtMs < epochMs || atMs >= challenge.expiresAtMs)
      return { ok: false, reason: "challenge_expired" };
    const spent =
      challenge.kind === "open"
        ? nonces.get(keyOf(project, challenge.nonce), atMs) !== undefined
        : challenge.issuedAtMs <= (marks.get(keyOf(project, instance), atMs)?.watermarkMs ?? Number.NEGATIVE_INFINITY);
    return spent ? { ok: false, reason: "challenge_spent" } : { ok: true };
  };

  return {
    epochMs: async () => {
      now();
      return epochMs;
    },

    peek: async (spend) => judgeChallenge(spend, now()),

    spend: async (spend) => {
      const atMs = now();
      const { project, instance, challenge, counter } = spend;
      nonces.makeRoom(atMs);
      marks.makeRoom(atMs);
      const judged = judgeChallenge(spend, atMs);
      if (!judged.ok) return judged;
      const markKey = keyOf(project, instance);
      const mark = marks.get(markKey, atMs) ?? { watermarkMs: Number.NEGATIVE_INFINITY, counter: -1 };
      if (counter !== null && !(counter.value > Math.max(mark.counter, counter.floor)))
        return { ok: false, reason: "counter_stale" };

      if (challenge.kind === "open")
        nonces.set(keyOf(project, challenge.nonce), challenge.issuedAtMs, challenge.expiresAtMs, atMs);
      if (challenge.kind === "continuing" || counter !== null) {
        const next = {
          watermarkMs: challenge.kind === "continuing" ? challenge.issuedAtMs : mark.watermarkMs,
          counter: counter === null ? mark.counter : counter.value,
        };
        marks.set(markKey, next, Math.max(atMs, challenge.issuedAtMs) + watermarkMs, atMs);
      }
      return { ok: true };
    },

    claimEvidence: async (project, nonce, attestedKey, ttlSeconds) => {
      const atMs = now();
      const key = keyOf(project, nonce);
      const held = claims.get(key, atMs);
      if (held === undefined) claims.set(key, attestedKey, atMs + ttlSeconds * 1000, atMs);
      return held === undefined || held === attestedKey;
    },

    take: async (key, limit, windowSeconds) => {
      const atMs = now();
      const held = budgets.get(key, atMs);
      if (held === undefined) budgets.set(key, { used: 1 }, atMs + windowSeconds * 1000, atMs);
      else held.used += 1;
      return (held?.used ?? 1) <= limit;
    },

    draw: async (key, units, limit, windowSeconds) => {
      const atMs = now();
      const held = draws.get(key, atMs);
      if ((held?.used ?? 0) + units > limit) return false;
      if (held === undefined) draws.set(key, { used: units }, atMs + windowSeconds * 1000, atMs);
      else held.used += units;
      return true;
    },

    once: async (key, ttlSeconds) => {
      const atMs = now();
      if (seen.get(key, atMs) !== undefined) return false;
      seen.set(key, true, atMs + ttlSeconds * 1000, atMs);
      return true;
    },
  };
}

function projectOf(key: string): string {
  return key.split(":", 1)[0] ?? key;
}

/** No two pairs give one key, whatever characters they hold. */
function keyOf(project: string, name: string): string {
  return `${project.length}:${project}${name}`;
}
