import { fromHex, toHex } from "@countersign/protocol";

/** Bytes that travel, by name. */
export type Travels = Readonly<Record<string, Uint8Array>>;

/** `[name of the bytes, offset, xor, expected code]` */
export type Change = readonly [string, number, number, string];

/** One vector as it is written. All bytes are hex. */
export interface Vector {
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly steps: Readonly<Record<string, unknown>>;
  readonly travels: Readonly<Record<string, string>>;
  readonly result: string;
  readonly changes: readonly Change[];
}

export interface VectorSet {
  readonly set: string;
  readonly about: string;
  readonly vectors: readonly Vector[];
}

/** Runs the checks of a set on what travelled: `ok` or the code of the refusal. */
export type Judge = (travels: Travels) => string;

const masks = [0x01, 0x20, 0x80] as const;

/** Every byte of short texts, 64 spread over long ones with both ends, each with one of three masks. */
function offsetsOf(length: number): number[] {
  const step = length <= 96 ? 1 : Math.ceil(length / 64);
  const offsets: number[] = [];
  for (let offset = 0; offset < length; offset += step) offsets.push(offset);
  if (step > 1) offsets.push(length - 1);
  return offsets;
}

function withChange(travels: Travels, name: string, offset: number, mask: number): Travels {
  const changed = (travels[name] ?? new Uint8Array(0)).slice();
  changed[offset] = (changed[offset] ?? 0) ^ mask;
  return { ...travels, [name]: changed };
}

function changesOf(travels: Travels, judge: Judge, mayStay: boolean): Change[] {
  const changes: Change[] = [];
  for (const [name, bytes] of Object.entries(travels)) {
    for (const offset of offsetsOf(bytes.length)) {
      const mask = masks[offset % 3] ?? 1;
      const code = judge(withChange(travels, name, offset, mask));
      if (code === "ok" && !mayStay) throw new Error(`${name}[${offset}] ^ ${mask} is still accepted`);
      changes.push([name, offset, mask, code]);
    }
  }
  return changes;
}

/** Bytes to hex, everywhere inside. */
export function hexed(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(hexed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hexed(member)]));
}

function hexedRecord(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hexed(member)]));
}

/** Judges what travels and, where it is accepted, every single-byte change of it. */
export function vectorOf(options: {
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly steps?: Readonly<Record<string, unknown>>;
  readonly travels: Travels;
  readonly judge: Judge;
  readonly expected: string;
  /** Some changes leave the meaning as it is: an escape's case, a fragment. */
  readonly mayStay?: boolean;
}): Vector {
  const { name, travels, judge, expected } = options;
  const result = judge(travels);
  if (result !== expected) throw new Error(`${name}: ${result}, not ${expected}`);
  return {
    name,
    inputs: hexedRecord(options.inputs),
    steps: hexedRecord(options.steps ?? {}),
    travels: Object.fromEntries(Object.entries(travels).map(([key, bytes]) => [key, toHex(bytes)])),
    result,
    changes: result === "ok" ? changesOf(travels, judge, options.mayStay ?? false) : [],
  };
}

/** Bytes of hex that is known to be hex. */
export function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === null) throw new TypeError("not hex");
  return bytes;
}
