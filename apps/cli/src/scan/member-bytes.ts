import type { ScanLimits } from "./limits.ts";

const OVERLAP = 65_536;
const HEAD = 8192;

/** What a member gave beyond what it may. */
export class MemberTooLarge extends Error {}

/**
 * A member's bytes as they come, up to what it may give.
 *
 * @throws MemberTooLarge past the limits; what the stream throws.
 */
export async function* limitBytes(
  stream: AsyncIterable<Buffer>,
  packedBytes: number | null,
  limits: ScanLimits,
  spend: (bytes: number) => boolean,
): AsyncGenerator<Buffer> {
  let total = 0;
  for await (const part of stream) {
    total += part.length;
    const isBomb = packedBytes !== null && total > limits.ratioBytes && total > packedBytes * limits.ratio;
    if (total > limits.memberBytes || isBomb || !spend(part.length)) throw new MemberTooLarge("past a limit");
    yield part;
  }
}

/** The first 8 KiB, or all there is, and the whole from the first byte on; to be closed, whether `all` was read or not. */
interface Opened {
  readonly head: Buffer;
  readonly all: AsyncIterable<Buffer>;
  close(): Promise<void>;
}

export async function openHead(stream: AsyncGenerator<Buffer>): Promise<Opened> {
  const parts: Buffer[] = [];
  let held = 0;
  while (held < HEAD) {
    const { value, done } = await stream.next();
    if (done === true) break;
    parts.push(value);
    held += value.length;
  }
  const begin = Buffer.concat(parts);
  const all = async function* (): AsyncGenerator<Buffer> {
    if (begin.length > 0) yield begin;
    yield* stream;
  };
  const close = async (): Promise<void> => {
    await stream.return(undefined);
  };
  return { head: begin.subarray(0, HEAD), all: all(), close };
}

/** Bytes of a member from `base` on; `isWhole`: it has no others. */
export interface Window {
  readonly bytes: Buffer;
  readonly base: number;
  readonly isWhole: boolean;
}

/** A member in windows that overlap: one, where it has at most `windowBytes`. */
export async function* toWindows(stream: AsyncIterable<Buffer>, windowBytes: number): AsyncGenerator<Window> {
  let parts: Buffer[] = [];
  let held = 0;
  let base = 0;
  for await (const part of stream) {
    parts.push(part);
    held += part.length;
    if (held <= windowBytes) continue;
    const bytes = Buffer.concat(parts);
    parts = [];
    yield { bytes, base, isWhole: false };
    const kept = Buffer.from(bytes.subarray(-OVERLAP));
    base += bytes.length - kept.length;
    parts = [kept];
    held = kept.length;
  }
  yield { bytes: Buffer.concat(parts), base, isWhole: base === 0 };
}
