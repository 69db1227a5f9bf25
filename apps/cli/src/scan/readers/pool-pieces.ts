import type { Passage, Piece } from "../finding.ts";

const BLOCK = 262_144;

/** A string of a table and the byte where it begins. */
export interface PooledString {
  readonly text: string;
  readonly offset: number;
}

/**
 * Strings of a table as passages, one string to a line. `most` bounds the characters given out: a table whose entries all point at the same bytes must not cost more
 * than its file is large.
 *
 * @throws Error past that bound: the table is damaged or hostile.
 */
export function* toPoolPieces(
  strings: Iterable<PooledString>,
  form: "pool" | "sorted" | "raw",
  most: number,
): Generator<Piece> {
  let lines: string[] = [];
  let offsets: number[] = [];
  let length = 0;
  let given = 0;
  for (const { text, offset } of strings) {
    given += text.length + 1;
    if (given > most) throw new Error("a string table repeats itself");
    if (text.length < 4) continue;
    lines.push(text.replaceAll("\n", "\r"));
    offsets.push(offset);
    length += text.length + 1;
    if (length < BLOCK) continue;
    yield toPiece(lines, offsets, form);
    [lines, offsets, length] = [[], [], 0];
  }
  if (lines.length > 0) yield toPiece(lines, offsets, form);
}

function toPiece(lines: readonly string[], offsets: readonly number[], form: Passage["form"]): Piece {
  const starts: number[] = [];
  let start = 0;
  for (const line of lines) {
    starts.push(start);
    start += line.length + 1;
  }
  const positionOf: Passage["positionOf"] = (index) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return { line: null, column: null, offset: (offsets[low] ?? 0) + index - (starts[low] ?? 0) };
  };
  return { type: "passage", passage: { text: lines.join("\n"), form, positionOf } };
}
