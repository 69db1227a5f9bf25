import { decode, encode } from "cborg";
import type { Random } from "./random.ts";

const atoms: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  2 ** 31,
  2 ** 53 - 1,
  1.5,
  "",
  "a",
  "A".repeat(80),
  "\u0000",
  "\u{1f50d}é",
  "__proto__",
  "constructor",
  [],
  {},
  [[[[[[[[[[]]]]]]]]]],
];

/** JSON text with one member or item replaced, repeated, removed, renamed or nested. Null where it is no JSON. */
export function mutateJson(bytes: Uint8Array, random: Random): Uint8Array | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return new Uint8Array(Buffer.from(JSON.stringify(changed(value, random)) ?? "null"));
  } catch {
    return null;
  }
}

/** The same of a CBOR item. */
export function mutateCbor(bytes: Uint8Array, random: Random): Uint8Array | null {
  try {
    return new Uint8Array(encode(changed(decode(bytes), random)));
  } catch {
    return null;
  }
}

/** Walks down a random path and changes what it ends at. */
function changed(value: unknown, random: Random): unknown {
  if (random.chance(6)) return replaced(value, random);
  if (Array.isArray(value) && value.length > 0) {
    const items: readonly unknown[] = value;
    const index = random.below(items.length);
    if (random.chance(8)) return items.toSpliced(index, 1);
    if (random.chance(8)) return items.toSpliced(index, 0, items[index]);
    return items.with(index, changed(items[index], random));
  }
  if (typeof value === "object" && value !== null && !(value instanceof Uint8Array)) {
    const entries: [string, unknown][] = Object.entries(value);
    if (entries.length === 0) return replaced(value, random);
    const index = random.below(entries.length);
    const [name, member] = random.pick(entries);
    if (random.chance(8)) return Object.fromEntries(entries.toSpliced(index, 1));
    if (random.chance(8)) return Object.fromEntries([...entries, [`${name}x`, member]]);
    if (random.chance(16)) return Object.fromEntries(entries.toReversed());
    return Object.fromEntries(entries.map(([key, each]) => [key, key === name ? changed(each, random) : each]));
  }
  return replaced(value, random);
}

function replaced(value: unknown, random: Random): unknown {
  if (typeof value === "string" && value.length > 0 && !random.chance(3)) {
    const index = random.below(value.length);
    const character = random.pick(["A", "_", "=", "-", "~", "\n", "é", ".", "9", ""]);
    return value.slice(0, index) + character + value.slice(index + random.below(2));
  }
  if (typeof value === "number" && !random.chance(3)) return value + random.pick([-1, 1, 0.5, 2 ** 32, -value]);
  if (value instanceof Uint8Array && value.length > 0 && !random.chance(3)) {
    const index = random.below(value.length);
    return random.chance(2) ? value.with(index, random.below(256)) : value.slice(0, index);
  }
  return random.pick(atoms);
}
