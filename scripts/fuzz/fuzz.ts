import { Worker } from "node:worker_threads";
import { addReports, type FuzzReport } from "./fuzz-range.ts";
import type { Piece } from "./worker.ts";

/** What to run. */
export interface FuzzOptions {
  readonly targets: readonly string[];
  /** Inputs of each target. */
  readonly count: number;
  readonly seed: string;
  readonly jobs: number;
  /** The first input's number. */
  readonly from?: number;
  progress?(report: FuzzReport, done: number): void;
}

const pieceSize = 5000;
// Five thousand inputs take seconds where every one of them is slow; a minute means that one does not end.
const pieceMs = 60_000;

/** Runs every target's inputs over worker threads. An input that does not end ends its worker, and the Error names its range. */
export async function fuzz({
  targets,
  count,
  seed,
  jobs,
  from = 0,
  progress,
}: FuzzOptions): Promise<readonly FuzzReport[]> {
  const pieces = targets.flatMap((target) =>
    Array.from({ length: Math.ceil(count / pieceSize) }, (_, index): Piece => {
      const start = from + index * pieceSize;
      return { target, seed, from: start, to: Math.min(start + pieceSize, from + count) };
    }),
  );
  const reports = new Map<string, FuzzReport>();
  let next = 0;
  const runPieces = async (): Promise<void> => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url));
    try {
      for (let piece = pieces[next++]; piece !== undefined; piece = pieces[next++]) {
        const report = await runPiece(worker, piece);
        const before = reports.get(piece.target);
        const sum = before === undefined ? report : addReports(before, report);
        reports.set(piece.target, sum);
        progress?.(sum, next / pieces.length);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(jobs, pieces.length)) }, runPieces));
  return targets.map((target) => reports.get(target)).filter((report) => report !== undefined);
}

function runPiece(worker: Worker, piece: Piece): Promise<FuzzReport> {
  return new Promise((resolve, reject) => {
    const named = `${piece.target}, inputs ${piece.from} to ${piece.to - 1}, seed ${piece.seed}`;
    const fail = (why: string): void => reject(new Error(`${named}: ${why}`));
    const watchdog = setTimeout(() => fail(`no end within ${pieceMs / 1000} seconds`), pieceMs);
    worker.removeAllListeners();
    worker.once("message", (report: FuzzReport) => {
      clearTimeout(watchdog);
      resolve(report);
    });
    worker.once("error", (error) => {
      clearTimeout(watchdog);
      fail(error instanceof Error ? error.message : "the worker failed");
    });
    worker.postMessage(piece);
  });
}
