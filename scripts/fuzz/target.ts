import { mutateBytes } from "./mutate-bytes.ts";
import { mutateDer } from "./mutate-der.ts";
import { mutateCbor, mutateJson } from "./mutate-value.ts";
import type { Random } from "./random.ts";

/** One parser or verifier under test. */
export interface FuzzTarget {
  readonly name: string;
  /** How inputs may be changed beside their bytes. */
  readonly shape: "bytes" | "der" | "cbor" | "json";
  readonly seeds: readonly Uint8Array[];
  /** A whole verifier: its cryptography makes an input cost many times what a parser's does. */
  readonly isVerifier?: true;
  /** Words of the format, put in at random places. */
  readonly words?: readonly Uint8Array[];
  /** Reads one input; true where it was accepted. A broken guarantee is thrown: as `BrokenGuarantee`, or by the code under test. */
  read(input: Uint8Array): boolean | Promise<boolean>;
}

/** What an accepted or refused input must never show. */
export class BrokenGuarantee extends Error {}

/** Fails the input where `held` is false. */
export function guarantee(held: boolean, what: string): asserts held {
  if (!held) throw new BrokenGuarantee(what);
}

/** The input number `index` of a target: a seed after some changes. The first of each hundred is a whole seed. */
export function inputOf({ shape, seeds, words = [] }: FuzzTarget, index: number, random: Random): Uint8Array {
  const seed = random.pick(seeds);
  if (index % 100 === 0) return seed;
  const structured = shape !== "bytes" && random.chance(2) ? mutateStructure(shape, seed, random, seeds) : null;
  if (structured !== null && !random.chance(4)) return structured;
  return mutateBytes(structured ?? seed, random, seeds, words);
}

function mutateStructure(
  shape: "der" | "cbor" | "json",
  seed: Uint8Array,
  random: Random,
  seeds: readonly Uint8Array[],
): Uint8Array | null {
  if (shape === "der") return mutateDer(seed, random, seeds);
  return shape === "cbor" ? mutateCbor(seed, random) : mutateJson(seed, random);
}
