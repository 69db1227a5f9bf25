import { Worker } from "node:worker_threads";
import {
  EvidenceBusyError,
  type EvidenceJob,
  type EvidenceVerdict,
  type EvidenceVerifier,
} from "../domain/device/evidence-verifier.ts";
import { type HeldStatusList, noStatusList } from "../domain/device/held-status-list.ts";

export interface EvidencePoolOptions {
  readonly workers: number;
  /** Jobs waiting beyond those in work. */
  readonly queue: number;
  /** The vendor's status list. Default: none, and revocation is not evaluated. */
  readonly statusList?: HeldStatusList;
  /** How long one job may take before its worker is replaced. Default 5000. */
  readonly timeoutMs?: number;
}

/** A pool whose status list can be replaced while it runs. */
export interface EvidencePool extends EvidenceVerifier {
  setStatusList(list: HeldStatusList): void;
}

interface Waiting {
  readonly job: EvidenceJob;
  readonly settle: (verdict: EvidenceVerdict | null) => void;
}

interface Seat {
  readonly worker: Worker;
  current: (Waiting & { readonly timer: NodeJS.Timeout }) | null;
}

/**
 * Verifies evidence on worker threads, one job at a time each. The queue is bounded; a job that takes too long or crashes its worker is
 * given up and the worker replaced. Workers start with the first job.
 */
export function createEvidencePool(options: EvidencePoolOptions): EvidencePool {
  const file = import.meta.url.endsWith(".ts") ? "./evidence-worker.ts" : "./evidence-worker.js";
  const timeoutMs = options.timeoutMs ?? 5000;
  const waiting: Waiting[] = [];
  const seats = new Set<Seat>();
  let statusList = options.statusList ?? noStatusList;
  let closed = false;

  function hire(): Seat {
    const worker = new Worker(new URL(file, import.meta.url), { workerData: { statusList } });
    worker.unref();
    const seat: Seat = { worker, current: null };
    worker.on("message", (verdict: EvidenceVerdict) => {
      leave(seat, verdict);
      next();
    });
    worker.on("error", () => dismiss(seat));
    worker.on("exit", () => dismiss(seat));
    seats.add(seat);
    return seat;
  }

  function leave(seat: Seat, verdict: EvidenceVerdict | null): void {
    const { current } = seat;
    seat.current = null;
    if (current === null) return;
    clearTimeout(current.timer);
    current.settle(verdict);
  }

  function dismiss(seat: Seat): void {
    if (!seats.delete(seat)) return;
    leave(seat, null);
    void seat.worker.terminate();
    next();
  }

  function next(): void {
    if (closed || waiting.length === 0) return;
    const free = [...seats].find((seat) => seat.current === null);
    const seat = free ?? (seats.size < options.workers ? hire() : null);
    const job = seat === null ? undefined : waiting.shift();
    if (seat === null || job === undefined) return;
    seat.current = { ...job, timer: setTimeout(() => dismiss(seat), timeoutMs) };
    seat.worker.postMessage(job.job);
    next();
  }

  return {
    verify: (job) =>
      new Promise((resolve, reject) => {
        const settle = (verdict: EvidenceVerdict | null): void => {
          if (verdict === null) reject(new EvidenceBusyError());
          else resolve(verdict);
        };
        if (closed || waiting.length >= options.queue) {
          settle(null);
          return;
        }
        waiting.push({ job, settle });
        next();
      }),
    setStatusList(list) {
      statusList = list;
      for (const seat of seats) seat.worker.postMessage({ statusList: list });
    },
    async close() {
      closed = true;
      for (const each of waiting.splice(0)) each.settle(null);
      const leaving = [...seats];
      seats.clear();
      for (const seat of leaving) leave(seat, null);
      await Promise.all(leaving.map((seat) => seat.worker.terminate()));
    },
  };
}
