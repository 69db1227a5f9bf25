import type { RecordStore, Trace, VerdictEvent } from "../ports/index.ts";

/** Traces and verdict events on their way to the record. Bounded: what does not fit is counted and dropped. */
export interface Outbox {
  event(event: VerdictEvent): void;
  /** Written in its turn, soon; dropped over the bound. */
  trace(trace: Trace): void;
  /** Written before it returns: an ARC that somebody reads out now must resolve. */
  traceNow(trace: Trace): Promise<void>;
  /** Writes everything that waits. */
  flush(): Promise<void>;
  readonly dropped: number;
}

export function createOutbox(
  store: RecordStore,
  options: { readonly capacity: number; readonly onError: (error: unknown) => void },
): Outbox {
  const events: VerdictEvent[] = [];
  const traces: Trace[] = [];
  let dropped = 0;
  let draining: Promise<void> | null = null;

  async function write(): Promise<void> {
    while (events.length > 0 || traces.length > 0) {
      const nextEvents = events.splice(0, 500);
      const nextTraces = traces.splice(0, 100);
      try {
        if (nextEvents.length > 0) await store.events.add(nextEvents);
        for (const trace of nextTraces) await store.traces.add(trace);
      } catch (error) {
        dropped += nextEvents.length + nextTraces.length;
        options.onError(error);
        return;
      }
    }
  }

  /** One writer at a time; it takes what came while it wrote. */
  function drain(): Promise<void> {
    draining ??= new Promise<void>((resolve) => setImmediate(resolve)).then(write).finally(() => {
      draining = null;
    });
    return draining;
  }

  function admit(): boolean {
    if (events.length + traces.length < options.capacity) return true;
    dropped += 1;
    return false;
  }

  return {
    event(event) {
      if (!admit()) return;
      events.push(event);
      void drain();
    },
    trace(trace) {
      if (!admit()) return;
      traces.push(trace);
      void drain();
    },
    traceNow: (trace) => store.traces.add(trace),
    async flush() {
      await drain();
      if (events.length > 0 || traces.length > 0) await drain();
    },
    get dropped() {
      return dropped;
    },
  };
}
