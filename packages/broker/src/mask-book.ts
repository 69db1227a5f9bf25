import { createMask, type Mask } from "./mask.ts";

export interface MaskBookOptions {
  readonly nowMs: () => number;
  /** How long a mask is used for further calls. */
  readonly keptMs: number;
  readonly masks: number;
}

/** Masks of the values in use: compiling one takes longer than most answers do. */
export interface MaskBook {
  of(values: readonly string[]): Mask;
  /** Lets go of all of them. */
  clear(): void;
}

interface Entry {
  readonly mask: Mask;
  readonly untilMs: number;
}

/** A mask holds its values as the call does for which it was made: it is kept for a while from its making, used or not, and no longer. */
export function createMaskBook({ nowMs, keptMs, masks }: MaskBookOptions): MaskBook {
  const entries = new Map<string, Entry>();
  let timer: NodeJS.Timeout | null = null;

  function sweep(): void {
    timer = null;
    const now = nowMs();
    for (const [key, { untilMs }] of entries) if (untilMs <= now) entries.delete(key);
    if (entries.size > 0) watch();
  }

  function watch(): void {
    timer ??= setTimeout(sweep, keptMs).unref();
  }

  return {
    of(values) {
      const key = JSON.stringify(values);
      const known = entries.get(key);
      if (known !== undefined && nowMs() < known.untilMs) return known.mask;
      const mask = createMask(values);
      entries.delete(key);
      entries.set(key, { mask, untilMs: nowMs() + keptMs });
      const [oldest] = entries.keys();
      if (entries.size > masks && oldest !== undefined) entries.delete(oldest);
      watch();
      return mask;
    },
    clear() {
      entries.clear();
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
