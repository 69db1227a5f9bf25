import { type BearerPass, openPassOf, type PassRing } from "./open-bearer-pass.ts";

const maxPasses = 10_000;
const sweepMs = 10_000;

/** Passes that were opened, by their text: a pass comes with every call of its session. */
export interface PassBook {
  /** As `openPassOf`. */
  open(ring: PassRing, text: string): BearerPass | null;
}

interface Entry {
  readonly passKeys: PassRing["passKeys"];
  readonly decoys: boolean;
  readonly opened: BearerPass;
}

/**
 * Remembers what is sealed in passes, never what is thought of them: their end, bans and budgets are judged at every call. What was opened under keys
 * that are not the project's any more is opened anew, and nothing is kept beyond the end of its pass.
 */
export function createPassBook(nowMs: () => number): PassBook {
  const entries = new Map<string, Entry>();
  let timer: NodeJS.Timeout | null = null;

  function sweep(): void {
    timer = null;
    const now = nowMs();
    for (const [text, { opened }] of entries) if (opened.pass.exp * 1000 <= now) entries.delete(text);
    if (entries.size > 0) watch();
  }

  function watch(): void {
    if (timer === null) timer = setTimeout(sweep, sweepMs).unref();
  }

  return {
    open(ring, text) {
      const known = entries.get(text);
      if (known !== undefined && known.passKeys === ring.passKeys && known.decoys === ring.decoys) return known.opened;
      const opened = openPassOf(ring, text);
      entries.delete(text);
      if (opened === null || opened.pass.exp * 1000 <= nowMs()) return opened;
      entries.set(text, { passKeys: ring.passKeys, decoys: ring.decoys, opened });
      const [oldest] = entries.keys();
      if (entries.size > maxPasses && oldest !== undefined) entries.delete(oldest);
      watch();
      return opened;
    },
  };
}
