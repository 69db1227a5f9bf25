import type { Read } from "../problem.ts";
import type { ZipArchive, ZipEntry } from "../zip/zip-archive.ts";
import type { Range } from "./mach-o.ts";

/**
 * Feeds a coroutine that asks for places of an entry in ascending order, while the entry goes by once. Holds what was asked for, and nothing else.
 * Undefined where the entry ends before the coroutine has what it asked for, or it asks for what went by already.
 */
export async function streamRanges<T>(
  archive: ZipArchive,
  entry: ZipEntry,
  reader: Generator<Range, T, Uint8Array>,
): Promise<Read<T | undefined>> {
  let step = reader.next();
  let at = 0;
  let held: Uint8Array[] = [];
  let heldBytes = 0;

  function take(piece: Uint8Array): void {
    for (let next = 0; step.done !== true; ) {
      const { offset, length } = step.value;
      const wantedFrom = offset + heldBytes;
      if (wantedFrom < at + next) return;
      const from = wantedFrom - at;
      if (from > piece.length || (from === piece.length && heldBytes < length)) return;
      // A copy: what a source gives is gone with its next piece.
      const part = new Uint8Array(piece.subarray(from, from + length - heldBytes));
      held.push(part);
      heldBytes += part.length;
      if (heldBytes < length) return;
      next = from + part.length;
      const whole = held.length === 1 && held[0] ? held[0] : Buffer.concat(held);
      held = [];
      heldBytes = 0;
      step = reader.next(whole);
    }
  }

  const streamed = await archive.stream(entry, (piece) => {
    take(piece);
    at += piece.length;
  });
  if (!streamed.ok) return streamed;
  return { ok: true, value: step.done === true ? step.value : undefined };
}
