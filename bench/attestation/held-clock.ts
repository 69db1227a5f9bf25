const genuineDate = globalThis.Date;

/** Runs `work` with the process's clock standing at `nowMs`, for a peer that reads it and takes no other. Not for two at once. */
export async function atTime(nowMs: number, work: () => Promise<void>): Promise<void> {
  class HeldDate extends genuineDate {
    constructor(...given: [] | [number | string | Date]) {
      super(given[0] ?? nowMs);
    }
    static override now(): number {
      return nowMs;
    }
  }
  globalThis.Date = HeldDate as DateConstructor;
  try {
    await work();
  } finally {
    globalThis.Date = genuineDate;
  }
}
