import type { Passage, Piece } from "../finding.ts";
import { toJoinedPassage } from "./joined-literals.ts";

const SLICE = 1_048_576;
const OVERLAP = 16_384;

/**
 * Cuts a written text that comes in parts into passages that overlap by as much as the longest key is long, with lines and columns from 1; behind each, the
 * literals that it joins.
 */
export function createTextSlicer() {
  let held = "";
  let line = 1;
  let column = 0;
  const take = (slice: string): readonly Piece[] => {
    const passage = toPassage(slice, line, column);
    const joined = toJoinedPassage(passage);
    return [passage, ...(joined === null ? [] : [joined])].map((one) => ({ type: "passage", passage: one }));
  };
  const skip = (passed: string): void => {
    let start = 0;
    for (let at = passed.indexOf("\n"); at >= 0; at = passed.indexOf("\n", at + 1)) {
      line += 1;
      column = 0;
      start = at + 1;
    }
    column += passed.length - start;
  };
  return {
    push(text: string): readonly Piece[] {
      held += text;
      const pieces: Piece[] = [];
      while (held.length > SLICE) {
        pieces.push(...take(held.slice(0, SLICE)));
        skip(held.slice(0, SLICE - OVERLAP));
        held = held.slice(SLICE - OVERLAP);
      }
      return pieces;
    },
    end: (): readonly Piece[] => (held === "" ? [] : take(held)),
  };
}

/** A written text that is at hand, in passages. */
export function* toTextPieces(text: string): Generator<Piece> {
  const slicer = createTextSlicer();
  for (let from = 0; from < text.length; from += SLICE) yield* slicer.push(text.slice(from, from + SLICE));
  yield* slicer.end();
}

function toPassage(text: string, firstLine: number, firstColumn: number): Passage {
  let breaks: readonly number[] | null = null;
  return {
    text,
    form: "written",
    positionOf: (index) => {
      breaks ??= lineBreaksOf(text);
      const before = countBelow(breaks, index);
      const last = breaks[before - 1];
      return {
        line: firstLine + before,
        column: last === undefined ? firstColumn + index + 1 : index - last,
        offset: null,
      };
    },
  };
}

function lineBreaksOf(text: string): readonly number[] {
  const breaks: number[] = [];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) breaks.push(at);
  return breaks;
}

/** How many of these ascending numbers are below a limit. */
function countBelow(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Bytes of a text as they come, as text: UTF-8, or UTF-16 where a byte order mark in its first bytes says so. */
export function createTextDecoder(head: Buffer): (bytes?: Buffer) => string {
  const mark = head.length < 2 ? 0 : head.readUInt16BE(0);
  const label = mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : "utf-8";
  const decoder = new TextDecoder(label, { ignoreBOM: label === "utf-8" });
  return (bytes) => (bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true }));
}

/** Bytes as text, at once. */
export function toText(bytes: Buffer): string {
  const decode = createTextDecoder(bytes);
  return decode(bytes) + decode();
}
