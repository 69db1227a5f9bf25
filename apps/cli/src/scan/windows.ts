import type { ScanLimits } from "./limits.ts";

const OVERLAP = 65_536;

/** The bytes of a member: all of them, or a part from `base` on. */
export interface Window {
  readonly bytes: Buffer;
  readonly base: number;
  readonly isWhole: boolean;
}

/** What a member gave beyond what it may. */
export class MemberTooLarge extends Error {}

/**
 * A member's bytes: at once where they are at most `wholeBytes`, else in overlapping windows of about that.
 *
 * @throws MemberTooLarge past the limits; what the stream throws.
 */
export async function* readWindows(
  stream: AsyncIterable<Buffer>,
  packedBytes: number | null,
  limits: ScanLimits,
  spend: (bytes: number) => boolean,
): AsyncGenerator<Window> {
  let parts: Buffer[] = [];
  let held = 0;
  let base = 0;
  let total = 0;
  for await (const part of stream) {
    total += part.length;
    const isBomb = packedBytes !== null && total > limits.wholeBytes && total > packedBytes * limits.ratio;
    if (total > limits.memberBytes || isBomb || !spend(part.length)) throw new MemberTooLarge("past a limit");
    parts.push(part);
    held += part.length;
    if (held <= limits.wholeBytes) continue;
    const bytes = Buffer.concat(parts);
    yield { bytes, base, isWhole: false };
    const kept = bytes.subarray(-OVERLAP);
    base += bytes.length - kept.length;
    parts = [Buffer.from(kept)];
    held = kept.length;
  }
  yield { bytes: Buffer.concat(parts), base, isWhole: base === 0 };
}
