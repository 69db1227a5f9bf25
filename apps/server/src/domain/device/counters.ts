import type { Instances } from "../ports/index.ts";

const hourMs = 3_600_000;
/** Instances whose last writing is remembered; one that is forgotten is written once more. */
const remembered = 200_000;

/** Write-behind of assertion counters and last seen: at most once an hour for each instance. */
export interface Counters {
  note(project: string, instance: string, counter: number): void;
  /** Writes what is due. */
  flush(): Promise<void>;
}

interface Note {
  readonly project: string;
  readonly instance: string;
  readonly counter: number;
  readonly atMs: number;
}

export function createCounters(
  store: { readonly instances: Pick<Instances, "touch"> },
  clock: { nowMs(): number },
): Counters {
  const due = new Map<string, Note>();
  const writtenAtMs = new Map<string, number>();

  return {
    note(project, instance, counter) {
      const key = `${project}/${instance}`;
      const atMs = clock.nowMs();
      if (atMs - (writtenAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < hourMs) return;
      due.set(key, { project, instance, counter, atMs });
    },
    async flush() {
      const notes = [...due.entries()];
      due.clear();
      for (const [key, note] of notes) {
        await store.instances.touch(note.project, note.instance, note.counter, note.atMs);
        writtenAtMs.delete(key);
        writtenAtMs.set(key, note.atMs);
        const oldest = writtenAtMs.size > remembered ? writtenAtMs.keys().next().value : undefined;
        if (oldest !== undefined) writtenAtMs.delete(oldest);
      }
    },
  };
}
