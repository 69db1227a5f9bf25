import type { Verification } from "../verification.ts";
import type { ServiceClient, TrafficReport } from "./service-port.ts";

/** Counts verdicts and sends them now and then. Nothing waits for it and nothing it meets is thrown. */
export interface Reporter {
  record(verification: Verification): void;
  /** Counts the use of a decoy; it is sent within seconds. */
  spotted(hash: string): void;
  /** Sends what is there, once. */
  close(): Promise<void>;
}

export interface ReporterOptions {
  readonly service: ServiceClient;
  readonly nowMs: () => number;
  /** Runs a task later, without keeping the process alive for it. */
  readonly later?: (task: () => void, delayMs: number) => void;
  /** 16 random bytes as text. */
  readonly nonce?: () => string;
}

type Counts = { -readonly [Name in keyof TrafficReport["counts"]]: number };
type Reasons = { -readonly [Name in keyof TrafficReport["reasons"]]: number };

const intervalMs = 60_000;
const mostAttempts = 5;
/** A decoy is told of sooner, though never more often. */
const soonMs = 5_000;
/** Decoys that one report names. */
const mostSpotted = 32;

const names = {
  verified: "verified",
  outdated: "outdated",
  unknown_origin: "unknownOrigin",
  invalid: "invalid",
  reused: "reused",
} as const;

const noCounts = (): Counts => ({ verified: 0, outdated: 0, unknownOrigin: 0, invalid: 0, reused: 0, decoys: 0 });

function laterUnheld(task: () => void, delayMs: number): void {
  const timer: unknown = setTimeout(task, delayMs);
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function")
    timer.unref();
}

/** A reporter that sends at most once a minute, and an unsent report again under its own nonce, five times at most. */
export function createReporter(options: ReporterOptions): Reporter {
  const { service, nowMs, later = laterUnheld, nonce = () => crypto.randomUUID() } = options;
  let counts = noCounts();
  let reasons: Reasons = {};
  let spotted = new Map<string, number>();
  let soon = false;
  let fromMs: number | null = null;
  let unsent: { readonly report: TrafficReport; attempts: number } | null = null;
  let waiting = false;
  let sending: Promise<void> | null = null;

  function gather(): void {
    if (unsent !== null || fromMs === null) return;
    const toMs = Math.max(nowMs(), fromMs);
    const uses = [...spotted].map(([hash, count]) => ({ hash, uses: count }));
    const report = { counts, reasons, fromMs, toMs, nonce: nonce(), ...(uses.length > 0 && { spotted: uses }) };
    unsent = { report, attempts: 0 };
    spotted = new Map();
    counts = noCounts();
    reasons = {};
    fromMs = null;
  }

  async function send(): Promise<void> {
    gather();
    if (unsent === null) return;
    const { report } = unsent;
    unsent.attempts += 1;
    const taken = await service.report(report).catch(() => false);
    // A report that may have arrived must not be counted again under another nonce: given up, it is lost.
    if (taken || unsent.attempts >= mostAttempts) unsent = null;
  }

  function flush(): Promise<void> {
    sending ??= send()
      .catch(() => {})
      .finally(() => {
        sending = null;
        wait();
      });
    return sending;
  }

  function wait(): void {
    if (waiting || (fromMs === null && unsent === null)) return;
    waiting = true;
    later(() => {
      waiting = false;
      void flush();
    }, intervalMs);
  }

  return {
    record(verification) {
      fromMs ??= nowMs();
      counts[names[verification.bucket]] += 1;
      if (!verification.ok) {
        reasons[verification.reason] = (reasons[verification.reason] ?? 0) + 1;
        if (verification.reason === "decoy") counts.decoys += 1;
      }
      wait();
    },
    spotted(hash) {
      if (!spotted.has(hash) && spotted.size >= mostSpotted) return;
      fromMs ??= nowMs();
      spotted.set(hash, (spotted.get(hash) ?? 0) + 1);
      wait();
      if (soon || unsent !== null) return;
      soon = true;
      later(() => {
        soon = false;
        void flush();
      }, soonMs);
    },
    async close() {
      await sending;
      // What could not be sent goes first; what came since then after it, if that went.
      await flush();
      if (unsent === null && fromMs !== null) await flush();
    },
  };
}
