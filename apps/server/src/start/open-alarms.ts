import { type AlarmBook, createAlarmBook } from "../domain/alarms/alarm-book.ts";
import { type AlarmNotifier, createAlarmNotifier } from "../domain/alarms/alarm-notifier.ts";
import { createDecoySpotter, type DecoySpotter } from "../domain/alarms/decoy-spotter.ts";
import { createDecoyWatch, type DecoyWatch } from "../domain/alarms/watched-decoys.ts";
import type { RecordStore, Vault } from "../domain/ports/index.ts";
import type { ProjectContexts } from "../domain/project/project-contexts.ts";
import type { Log } from "../log/create-log.ts";
import { guardedPost } from "../vendors/guarded-post.ts";

const noticeTimeoutMs = 5_000;

export interface AlarmsHost {
  readonly store: RecordStore;
  readonly vault: Vault;
  readonly contexts: Pick<ProjectContexts, "held">;
  readonly clock: { nowMs(): number };
  readonly random: (length: number) => Uint8Array;
  /** PEM certificates that are trusted beside Node's own where alarms are told. */
  readonly furtherCas: readonly string[];
  readonly log: Log;
}

/** Alarms of this node: what looks for decoys, what counts their uses, and what tells of them. */
export interface OpenAlarms {
  readonly book: AlarmBook;
  readonly watch: DecoyWatch;
  readonly spotter: DecoySpotter;
  readonly notifier: AlarmNotifier;
  /** Writes what waits, and ends what is being told; it is told again after the next start. */
  close(): Promise<void>;
}

export function openAlarms({ store, vault, contexts, clock, random, furtherCas, log }: AlarmsHost): OpenAlarms {
  const watch = createDecoyWatch(vault);
  const closing = new AbortController();
  const onError = (error: unknown): void => log.error({ event: "alarms_failed", err: error }, "alarms failed");
  const notifier = createAlarmNotifier({
    notices: store.alarmNotices,
    projects: store.projects,
    vault,
    clock,
    post: async ({ url }, message, allowPrivate) => {
      const options = { ...message, allowPrivate, furtherCas, timeoutMs: noticeTimeoutMs, closing: closing.signal };
      const answer = await guardedPost(new URL(url), options);
      if (!answer.ok) return answer;
      const { status } = answer;
      return status >= 200 && status < 300 ? { ok: true, status } : { ok: false, problem: "status", status };
    },
    onGivenUp: (event) => log.error({ event: "alarm_not_told", ...event }, "alarm not told"),
    onError,
  });
  const book = createAlarmBook({
    alarms: store.alarms,
    clock,
    random,
    onAlarm: (event) => log.warn(event, "decoy used"),
    onWritten: () => void notifier.run(),
    onError,
  });
  return {
    book,
    watch,
    spotter: createDecoySpotter({ contexts, watch, book, onError }),
    notifier,
    async close() {
      await book.flush();
      closing.abort();
      await notifier.idle();
    },
  };
}
