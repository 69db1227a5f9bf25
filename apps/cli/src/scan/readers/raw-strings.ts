import type { Piece } from "../finding.ts";
import { type PooledString, toPoolPieces } from "./pool-pieces.ts";

const LEAST = 8;
const LONGEST = 65_536;

/** Runs of printable characters, as `strings` finds them: ASCII, and UTF-16 of ASCII in either phase. `base` is where the bytes begin in their file. */
export function* toRawPieces(bytes: Buffer, base = 0, form: "pool" | "raw" = "raw"): Generator<Piece> {
  yield* toPoolPieces(asciiRuns(bytes, base), form, Number.POSITIVE_INFINITY);
  yield* toPoolPieces(wideRuns(bytes, base), form, Number.POSITIVE_INFINITY);
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09;
}

function* asciiRuns(bytes: Buffer, base: number): Generator<PooledString> {
  let start = 0;
  for (let at = 0; at <= bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    // A line break inside a run belongs to it: private keys and configuration have several lines.
    if (
      at < bytes.length &&
      at - start < LONGEST &&
      (isPrintable(byte) || ((byte === 0x0a || byte === 0x0d) && at > start))
    )
      continue;
    if (at - start >= LEAST) yield { text: bytes.toString("latin1", start, at), offset: base + start };
    start = at - start >= LONGEST ? at : at + 1;
  }
}

function* wideRuns(bytes: Buffer, base: number): Generator<PooledString> {
  let at = 0;
  while (at + 1 < bytes.length) {
    if (bytes[at + 1] !== 0 || !isPrintable(bytes[at] ?? 0)) {
      at += 1;
      continue;
    }
    const start = at;
    while (at + 1 < bytes.length && at - start < LONGEST && bytes[at + 1] === 0 && isPrintable(bytes[at] ?? 0)) at += 2;
    if (at - start >= LEAST * 2) yield { text: bytes.toString("utf16le", start, at), offset: base + start };
  }
}
