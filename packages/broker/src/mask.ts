import { toMaskPattern } from "./mask-pattern.ts";

/** Blots values out of text and streams. Every find becomes as many `*`: lengths, and offsets in binary bodies, stay as they are. */
export interface Mask {
  text(text: string): string;
  /** A masker for one stream: what it has given may be sent; the rest is held back until it cannot be the beginning of a value. */
  stream(): MaskStream;
}

export interface MaskStream {
  push(chunk: Uint8Array): Buffer;
  /** What was held back, masked. */
  end(): Buffer;
}

const blot = (found: string): string => "*".repeat(found.length);

/** Masks each of these values in every spelling of `toMaskPattern`, longer values first. */
export function createMask(values: readonly string[]): Mask {
  const patterns = [...values].sort((a, b) => b.length - a.length).map(toMaskPattern);
  if (patterns.length === 0)
    return {
      text: (text) => text,
      stream: () => ({ push: (chunk) => Buffer.from(chunk), end: () => Buffer.alloc(0) }),
    };
  const longest = Math.max(...patterns.map((pattern) => pattern.longest));
  const expression = new RegExp(patterns.map(({ source }) => source).join("|"), "g");

  /** Masks finds that begin before `limit`; gives the text and where the first untouched character is. */
  function maskBefore(text: string, limit: number): { readonly masked: string; readonly end: number } {
    let masked = "";
    let at = 0;
    expression.lastIndex = 0;
    for (let found = expression.exec(text); found !== null && found.index < limit; found = expression.exec(text)) {
      masked += text.slice(at, found.index) + blot(found[0]);
      at = found.index + found[0].length;
    }
    const end = Math.max(at, limit);
    return { masked: masked + text.slice(at, end), end };
  }

  return {
    text: (text) =>
      Buffer.from(
        maskBefore(Buffer.from(text, "utf8").toString("latin1"), Number.MAX_SAFE_INTEGER).masked,
        "latin1",
      ).toString("utf8"),
    stream() {
      let held = "";
      return {
        push(chunk) {
          held += Buffer.from(chunk).toString("latin1");
          const limit = held.length - (longest - 1);
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
