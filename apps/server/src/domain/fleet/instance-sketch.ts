import { decodeBase64url, encodeBase64url } from "@countersign/protocol";

const registerBits = 8;
const registers = 1 << registerBits;
const alpha = 0.7213 / (1 + 1.079 / registers);
const dayMs = 86_400_000;

/** One part of a sketch covers so many days. */
export const partDays = 30;
const mostParts = 4;

/**
 * About how many instances were seen, and nothing by which one could be known: a HyperLogLog of 256 registers for each 30 days, of which the
 * newest four are kept. Its standard error is 6.5 % (1.04 / √256); small numbers are counted by the empty registers and come out nearly exact.
 * Keys: the number of the 30 days since 1970. Values: b64u of the registers.
 */
export type InstanceSketch = Readonly<Record<string, string>>;

function readPart(text: string | undefined): Uint8Array {
  const bytes = text === undefined ? null : decodeBase64url(text, registers);
  return bytes ?? new Uint8Array(registers);
}

/** Leading zero bits of the bytes, plus one. */
function rankOf(bytes: Uint8Array): number {
  let zeros = 0;
  for (const byte of bytes) {
    if (byte !== 0) return zeros + Math.clz32(byte) - 24 + 1;
    zeros += 8;
  }
  return zeros + 1;
}

/** The sketch with this instance in it. An instance id is 16 bytes of a hash: it needs no further one. */
export function withInstance(sketch: InstanceSketch, instance: string, atMs: number): InstanceSketch {
  const id = decodeBase64url(instance, 16);
  const register = id?.[0];
  if (id === null || register === undefined) return sketch;
  const name = String(Math.floor(atMs / (partDays * dayMs)));
  const rank = rankOf(id.subarray(1, 9));
  const part = readPart(sketch[name]);
  if ((part[register] ?? 0) >= rank) return sketch;
  part[register] = rank;
  return newest({ ...sketch, [name]: encodeBase64url(part) });
}

/** What both saw. */
export function mergeSketches(one: InstanceSketch, other: InstanceSketch): InstanceSketch {
  const merged = { ...one };
  for (const [name, text] of Object.entries(other)) {
    const more = readPart(text);
    merged[name] = encodeBase64url(readPart(merged[name]).map((rank, index) => Math.max(rank, more[index] ?? 0)));
  }
  return newest(merged);
}

function newest(sketch: InstanceSketch): InstanceSketch {
  const names = Object.keys(sketch).toSorted((a, b) => Number(b) - Number(a));
  return Object.fromEntries(names.slice(0, mostParts).map((name) => [name, sketch[name] ?? ""]));
}

/** About how many different instances are in it. */
export function estimateInstances(sketch: InstanceSketch): number {
  const all = new Uint8Array(registers);
  for (const text of Object.values(sketch)) {
    for (const [index, rank] of readPart(text).entries()) all[index] = Math.max(all[index] ?? 0, rank);
  }
  const empty = all.filter((rank) => rank === 0).length;
  const sum = all.reduce((total, rank) => total + 2 ** -rank, 0);
  const raw = (alpha * registers * registers) / sum;
  return Math.round(raw <= 2.5 * registers && empty > 0 ? registers * Math.log(registers / empty) : raw);
}
