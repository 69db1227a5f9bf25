import type { PresentedCall } from "@countersign/broker";
import { type DecoyIndex, spotDecoys, toDecoyIndex, type WatchedDecoy } from "../domain/alarms/watched-decoys.ts";
import type { HeldContent, HeldState } from "./held-state.ts";
import type { ServiceLink } from "./service-link.ts";

/** Uses that wait to be told, told apart. Further ones are counted as anybody's. */
const mostWaiting = 64;
const gatherMs = 1_000;

/** One decoy, as it was seen here so often. */
interface Sighting {
  readonly kind: WatchedDecoy["kind"];
  readonly decoy: string;
  readonly api: string;
  readonly instance: string | null;
  count: number;
}

/** Looks for decoys in calls, and tells the service, which raises the alarm. */
export interface DecoyReports {
  /** Never throws; nothing waits for it. */
  spot(call: PresentedCall): void;
  /** Tells of what waits. Never rejects. */
  flush(): Promise<void>;
  close(): void;
}

/** What the service could not be told is told with the next. */
export function createDecoyReports({
  held,
  link,
}: {
  readonly held: Pick<HeldState, "current">;
  readonly link: Pick<ServiceLink, "ask">;
}): DecoyReports {
  const indexes = new WeakMap<HeldContent, DecoyIndex>();
  let waiting = new Map<string, Sighting>();
  let timer: NodeJS.Timeout | null = null;

  function indexOf(content: HeldContent): DecoyIndex {
    const index = indexes.get(content) ?? toDecoyIndex(content.watched);
    indexes.set(content, index);
    return index;
  }

  function add({ count, ...seen }: Sighting): void {
    const key = JSON.stringify([seen.kind, seen.decoy, seen.api, seen.instance]);
    const isNew = !waiting.has(key) && waiting.size >= mostWaiting;
    const anybody = { ...seen, api: "", instance: null };
    const known = waiting.get(isNew ? JSON.stringify([seen.kind, seen.decoy, "", null]) : key);
    if (known !== undefined) known.count += count;
    else if (!isNew) waiting.set(key, { ...seen, count });
    else if (waiting.size < 2 * mostWaiting)
      waiting.set(JSON.stringify([seen.kind, seen.decoy, "", null]), { ...anybody, count });
  }

  async function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const spotted = [...waiting.values()];
    if (spotted.length === 0) return;
    waiting = new Map();
    for (let at = 0; at < spotted.length; at += mostWaiting) {
      const part = spotted.slice(at, at + mostWaiting);
      const answered = await link.ask("alarms", { spotted: part });
      if (!answered.ok) for (const each of part) add(each);
    }
    if (waiting.size > 0) gather();
  }

  function gather(): void {
    timer ??= setTimeout(() => void flush(), gatherMs).unref();
  }

  return {
    spot(call) {
      try {
        const content = held.current();
        if (content === null || call.project !== content.manifest.project) return;
        const { instance } = call;
        // A request may name any.
        const api = content.manifest.apis.some((each) => each.api === call.api) ? call.api : "";
        for (const { kind, name } of spotDecoys(indexOf(content), call.request)) {
          add({ kind, decoy: name, api, instance, count: 1 });
          gather();
        }
      } catch {
        // What a decoy's finder cannot read is no decoy.
      }
    },
    flush,
    close() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
