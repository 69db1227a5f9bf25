import type { Ban, RecordStore } from "../ports/index.ts";

/** How a node may speak of bans after its last reconciliation: later it is not ready and answers `unavailable`. */
export const standingStaleMs = 30_000;

export interface StandingOf {
  readonly banned: boolean;
  readonly quarantined: boolean;
  /** When the longest quarantine ends; null where there is none. */
  readonly quarantinedUntilMs: number | null;
}

/** The complete set of active bans and quarantines on this node. */
export interface Standing {
  /** Reads the set again where the record's sequence moved. Rejects where the record cannot be reached. */
  reconcile(): Promise<void>;
  /** False once the last reconciliation is more than 30 s ago. */
  isCurrent(): boolean;
  of(project: string, instance: string, subject: string | null): StandingOf;
  /** The bans and quarantines of a project that are in the set; one whose time ended may still be among them. */
  bansOf(project: string): readonly Ban[];
  /** Differs after every change of the set. */
  revision(): number;
  /** The record's sequence that the set was last read at. */
  sequence(): number;
  /** Takes a ban of this node's own into the set before the next reconciliation. */
  add(ban: Ban): void;
  /** Calls back after every change of the set; the returned function takes the listener out. */
  subscribe(listener: () => void): () => void;
}

/** `onAdded` hears of every ban that came after the first reading, on whatever node it was made. */
export function createStanding(
  store: RecordStore,
  clock: { nowMs(): number; monotonicMs(): number },
  onAdded: (ban: Ban) => void = () => {},
): Standing {
  let active: ReadonlyMap<string, readonly Ban[]> = new Map();
  const listeners = new Set<() => void>();
  let revision = 0;
  let sequence = -1;
  let reconciledAtMs = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | null = null;
  let again = false;

  function take(next: ReadonlyMap<string, readonly Ban[]>): void {
    active = next;
    revision += 1;
    for (const listener of listeners) listener();
  }

  function put(bans: readonly Ban[]): void {
    const next = new Map<string, Ban[]>();
    for (const ban of bans) {
      const key = keyOf(ban.project, ban.by, ban.target);
      next.set(key, [...(next.get(key) ?? []), ban]);
    }
    take(next);
  }

  async function read(): Promise<void> {
    const startedAtMs = clock.monotonicMs();
    const current = await store.bans.sequence();
    if (current !== sequence) {
      const before = sequence;
      const bans = await store.bans.active(clock.nowMs());
      put(bans);
      sequence = current;
      if (before >= 0) for (const ban of bans) if (ban.sequence > before) onAdded(ban);
    }
    reconciledAtMs = startedAtMs;
  }

  /** A call during a reading waits for one that begins after it: what it wants to see may have come too late for the first. */
  async function reconcile(): Promise<void> {
    if (running !== null) {
      again = true;
      await running;
      return;
    }
    running = (async () => {
      do {
        again = false;
        await read();
      } while (again);
    })();
    try {
      await running;
    } finally {
      running = null;
    }
  }

  return {
    reconcile,
    isCurrent: () => clock.monotonicMs() - reconciledAtMs <= standingStaleMs,
    of(project, instance, subject) {
      const nowMs = clock.nowMs();
      const bans = [
        ...(active.get(keyOf(project, "instance", instance)) ?? []),
        ...(subject === null ? [] : (active.get(keyOf(project, "subject", subject)) ?? [])),
      ];
      return standingUnder(bans, nowMs);
    },
    bansOf: (project) => [...active.values()].flat().filter((ban) => ban.project === project),
    revision: () => revision,
    sequence: () => sequence,
    add(ban) {
      const next = new Map(active);
      const key = keyOf(ban.project, ban.by, ban.target);
      next.set(key, [...(next.get(key) ?? []), ban]);
      take(next);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** What the bans and quarantines of one instance and its subject come to at a moment. */
export function standingUnder(held: readonly Pick<Ban, "kind" | "untilMs">[], nowMs: number): StandingOf {
  const bans = held.filter((ban) => ban.untilMs === null || nowMs < ban.untilMs);
  const ends = bans.flatMap((ban) => (ban.kind === "quarantine" ? [ban.untilMs ?? Number.POSITIVE_INFINITY] : []));
  return {
    banned: bans.some((ban) => ban.kind === "ban"),
    quarantined: ends.length > 0,
    quarantinedUntilMs: ends.length === 0 ? null : Math.max(...ends),
  };
}

function keyOf(project: string, by: Ban["by"], target: string): string {
  return `${project}/${by}/${target}`;
}
