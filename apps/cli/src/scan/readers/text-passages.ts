import type { Passage, Piece } from "../finding.ts";

const SLICE = 1_048_576;
const OVERLAP = 16_384;

/** A written text in passages that overlap by as much as the longest key is long, with lines and columns from 1. */
export function* toTextPieces(text: string): Generator<Piece> {
  let line = 1;
  let lineStart = 0;
  for (let from = 0; from < text.length; from += SLICE - OVERLAP) {
    const slice = text.slice(from, from + SLICE);
    yield { type: "passage", passage: toPassage(slice, line, from - lineStart) };
    if (from + SLICE >= text.length) return;
    for (let at = text.indexOf("\n", from); at >= 0 && at < from + SLICE - OVERLAP; at = text.indexOf("\n", at + 1)) {
      line += 1;
      lineStart = at + 1;
    }
  }
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

/** Bytes as text: UTF-8, or UTF-16 where a byte order mark says so. */
export function toText(bytes: Buffer): string {
  if (bytes.length >= 2 && bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString("utf16le", 2);
  if (bytes.length >= 2 && bytes[0] === 0xfe && bytes[1] === 0xff) {
    return Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2)))
      .swap16()
      .toString("utf16le");
  }
  return bytes.toString("utf8");
}
