import { parentPort } from "node:worker_threads";
import { fuzzRange } from "./fuzz-range.ts";
import { targetNamed } from "./targets/index.ts";

/** One piece of work for a worker. */
export interface Piece {
  readonly target: string;
  readonly seed: string;
  readonly from: number;
  readonly to: number;
}

parentPort?.on("message", ({ target, seed, from, to }: Piece) => {
  void fuzzRange(targetNamed(target), seed, from, to).then((report) => parentPort?.postMessage(report));
});
