import { createRandom } from "./random.ts";
import { type FuzzTarget, inputOf } from "./target.ts";

/** An input that broke a guarantee. `seed` and `index` make it again. */
export interface Failure {
  readonly target: string;
  readonly seed: string;
  readonly index: number;
  readonly input: string;
  readonly message: string;
}

/** What a run of inputs showed. */
export interface FuzzReport {
  readonly target: string;
  readonly inputs: number;
  /** Inputs that the parser took; of a verifier, inputs that reached its rules. */
  readonly accepted: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly slowestMicroseconds: number;
  readonly slowestIndex: number;
  readonly failures: readonly Failure[];
}

const mostFailures = 5;

/** Runs the inputs `from` to below `to` of a target. */
export async function fuzzRange(target: FuzzTarget, seed: string, from: number, to: number): Promise<FuzzReport> {
  const failures: Failure[] = [];
  let accepted = 0;
  let bytes = 0;
  let slowest = 0n;
  let slowestIndex = from;
  const began = process.hrtime.bigint();
  for (let index = from; index < to; index += 1) {
    const input = makeInput(target, seed, index);
    bytes += input.length;
    const start = process.hrtime.bigint();
    try {
      const read = target.read(input);
      if (typeof read === "boolean" ? read : await read) accepted += 1;
    } catch (error) {
      if (failures.length < mostFailures)
        failures.push({
          target: target.name,
          seed,
          index,
          input: Buffer.from(input).toString("base64"),
          message: error instanceof Error ? `${error.name}: ${error.message}` : "something that is no error was thrown",
        });
    }
    const took = process.hrtime.bigint() - start;
    if (took > slowest) {
      slowest = took;
      slowestIndex = index;
    }
  }
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const slowestMicroseconds = Math.round(Number(slowest) / 1000);
  const counts = { target: target.name, inputs: to - from, accepted, bytes, seconds };
  return { ...counts, slowestMicroseconds, slowestIndex, failures };
}

/** One input, as every run makes it. */
export function makeInput(target: FuzzTarget, seed: string, index: number): Uint8Array {
  return inputOf(target, index, createRandom(`${seed}/${target.name}/${index}`));
}

/** Two reports of one target as one. */
export function addReports(left: FuzzReport, right: FuzzReport): FuzzReport {
  const slower = left.slowestMicroseconds >= right.slowestMicroseconds ? left : right;
  return {
    target: left.target,
    inputs: left.inputs + right.inputs,
    accepted: left.accepted + right.accepted,
    bytes: left.bytes + right.bytes,
    seconds: left.seconds + right.seconds,
    slowestMicroseconds: slower.slowestMicroseconds,
    slowestIndex: slower.slowestIndex,
    failures: [...left.failures, ...right.failures].slice(0, mostFailures),
  };
}
