import type { Random } from "./random.ts";

/** Bytes that mean something to DER, CBOR, JSON or UTF-8. */
const telling = [
  0x00, 0x01, 0x02, 0x04, 0x05, 0x1f, 0x20, 0x22, 0x24, 0x30, 0x31, 0x3f, 0x5b, 0x5c, 0x5f, 0x7b, 0x7d, 0x7f, 0x80,
  0x81, 0x82, 0x83, 0x84, 0x9f, 0xa0, 0xa1, 0xa3, 0xbf, 0xc0, 0xd8, 0xed, 0xf4, 0xf6, 0xf7, 0xf9, 0xfb, 0xff,
];
const longest = 64 * 1024;

type Mutation = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

const mutations: readonly Mutation[] = [
  (bytes, random) => replaceAt(bytes, random, (byte) => byte ^ (1 << random.below(8))),
  (bytes, random) => replaceAt(bytes, random, () => random.below(256)),
  (bytes, random) => replaceAt(bytes, random, () => random.pick(telling)),
  (bytes, random) => replaceAt(bytes, random, (byte) => byte + random.pick([-1, 1, 2, 16])),
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), 0, randomBytes(random, 1 + random.below(8))),
  (bytes, random) => {
    const [start, length] = range(bytes, random);
    return splice(bytes, start, length, new Uint8Array());
  },
  (bytes, random) => {
    const [start, length] = range(bytes, random);
    return splice(bytes, random.below(bytes.length + 1), 0, bytes.subarray(start, start + length));
  },
  (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)),
  (bytes, random) => splice(bytes, bytes.length, 0, randomBytes(random, 1 + random.below(16))),
  (bytes, random, others) => {
    const other = random.pick(others);
    const [start, length] = range(other, random);
    const at = random.below(bytes.length + 1);
    return splice(bytes, at, random.chance(2) ? length : 0, other.subarray(start, start + length));
  },
  // One byte, or a few, very often: deep nesting and long runs.
  (bytes, random) => {
    const unit = random.chance(2) ? Uint8Array.of(random.pick(telling)) : randomBytes(random, 1 + random.below(4));
    const times = 2 ** random.below(13);
    const run = Buffer.alloc(unit.length * times).fill(unit);
    return splice(bytes, random.below(bytes.length + 1), 0, run);
  },
];

/** `bytes` after one to four small changes, sometimes with a piece of another seed or a word of the format in it. */
export function mutateBytes(
  bytes: Uint8Array,
  random: Random,
  others: readonly Uint8Array[],
  words: readonly Uint8Array[],
): Uint8Array {
  let mutated = bytes;
  for (let changes = 1 + random.below(4); changes > 0; changes -= 1) {
    if (words.length > 0 && random.chance(4)) {
      const at = random.below(mutated.length + 1);
      const word = random.pick(words);
      mutated = splice(mutated, at, random.chance(2) ? word.length : 0, word);
    } else mutated = pickMutation(random)(mutated, random, others);
    if (mutated.length > longest) mutated = mutated.slice(0, longest);
  }
  return mutated;
}

/** Runs are rare: they are what costs most to read. */
function pickMutation(random: Random): Mutation {
  const mutation = random.pick(mutations);
  return mutation === mutations.at(-1) && !random.chance(8) ? pickMutation(random) : mutation;
}

function replaceAt(bytes: Uint8Array, random: Random, change: (byte: number) => number): Uint8Array {
  if (bytes.length === 0) return bytes;
  const index = random.below(bytes.length);
  return bytes.with(index, change(bytes[index] ?? 0) & 0xff);
}

function range(bytes: Uint8Array, random: Random): [start: number, length: number] {
  const start = random.below(bytes.length + 1);
  const left = bytes.length - start;
  return [start, random.below(Math.min(left, random.chance(4) ? left : 16) + 1)];
}

function randomBytes(random: Random, length: number): Uint8Array {
  return new Uint8Array(length).map(() => random.below(256));
}

function splice(bytes: Uint8Array, start: number, removed: number, added: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([bytes.subarray(0, start), added, bytes.subarray(start + removed)]));
}
