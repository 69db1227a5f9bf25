import { createFinder } from "./find-value.ts";
import { toMaskPattern } from "./mask-pattern.ts";

/** Blots values out of text and streams. Every find becomes as many `*`: lengths, and offsets in binary bodies, stay as they are. */
export interface Mask {
  text(text: string): string;
  /** The same of bytes, one character each, such as a header's value. */
  latin1(bytes: string): string;
  /** Whether a value stands in a text, or in bytes, one character each, that may have lost their case, such as the name of a header. */
  standsIn(text: string): boolean;
  /** A masker for one stream: what it has given may be sent; the rest is held back until it cannot be the beginning of a value. */
  stream(options?: MaskStreamOptions): MaskStream;
}

export interface MaskStreamOptions {
  /** Nothing is held back across the end of an event (a blank line). Default: false. */
  readonly events?: boolean;
}

export interface MaskStream {
  push(chunk: Uint8Array): Buffer;
  /** What was held back, masked. */
  end(): Buffer;
}

const eventEnd = /\r\n\r\n|\n\r?\n|\r\r/g;

/**
 * Where the last whole event ends; 0 where none does. How much is held back must not depend on what was sent and the value: a caller whose words
 * are echoed could find the value by it, character by character. An event's end does not.
 */
const endOfEvents = (text: string): number =>
  [...text.matchAll(eventEnd)].reduce((end, { index, 0: blank }) => Math.max(end, index + blank.length), 0);

const toLatin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

/** Masks each of these values in every spelling of `toMaskPattern`; where several finds begin, the longest. */
export function createMask(values: readonly string[]): Mask {
  const patterns = values.map(toMaskPattern);
  if (patterns.length === 0)
    return {
      text: (text) => text,
      latin1: (bytes) => bytes,
      standsIn: () => false,
      stream: () => ({ push: (chunk) => Buffer.from(chunk), end: () => Buffer.alloc(0) }),
    };
  const longest = Math.max(...patterns.map((pattern) => pattern.longest));
  const find = createFinder(patterns, { foldCase: false });
  const findFolded = createFinder(patterns, { foldCase: true });

  /** Masks finds that begin before `limit`; gives the text and where the first untouched character is. */
  function maskBefore(text: string, limit: number): { readonly masked: string; readonly end: number } {
    let masked = "";
    let at = 0;
    for (let found = find(text, 0, limit); found !== null; found = find(text, found.end, limit)) {
      masked += text.slice(at, found.index) + "*".repeat(found.end - found.index);
      at = found.end;
    }
    const end = Math.max(at, limit);
    return { masked: masked + text.slice(at, end), end };
  }

  return {
    text: (text) => Buffer.from(maskBefore(toLatin1(text), Number.MAX_SAFE_INTEGER).masked, "latin1").toString("utf8"),
    latin1: (bytes) => maskBefore(bytes, Number.MAX_SAFE_INTEGER).masked,
    standsIn: (text) => [text, toLatin1(text)].some((one) => findFolded(one, 0, one.length) !== null),
    stream({ events = false } = {}) {
      // No form of such a value has a blank line in it, so none goes on after the end of an event.
      const byEvents = events && values.every((value) => /^[!-~]+$/.test(value));
      let held = "";
      return {
        push(chunk) {
          held += Buffer.from(chunk).toString("latin1");
          const limit = Math.max(held.length - (longest - 1), byEvents ? endOfEvents(held) : 0);
          if (limit <= 0) return Buffer.alloc(0);
          const { masked, end } = maskBefore(held, limit);
          held = held.slice(end);
          return Buffer.from(masked, "latin1");
        },
        end() {
          const { masked } = maskBefore(held, held.length);
          held = "";
          return Buffer.from(masked, "latin1");
        },
      };
    },
  };
}
