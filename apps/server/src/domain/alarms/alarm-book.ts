import type { Alarm, AlarmKind, AlarmPlace, AlarmSource, Alarms } from "../ports/index.ts";

/** For how long uses of one decoy, at one place, by one source are counted in one alarm. */
export const alarmWindowMs = 600_000;
/** Sources of one decoy at one place that are told apart in that time; further ones are one source. */
export const mostSources = 20;
/** Alarms of one kind and decoy that are kept. */
export const mostAlike = 200;

/** One or several uses of a decoy, as they were seen. */
export interface Sighting {
  readonly project: string;
  readonly kind: AlarmKind;
  readonly decoy: string | null;
  readonly where: AlarmPlace;
  readonly who: AlarmSource;
  /** Default 1. */
  readonly count?: number;
}

/** A new alarm, for the log. It holds names and keyed hashes alone. */
export interface AlarmEvent extends Omit<AlarmSource, "userAgent" | "text" | "many"> {
  readonly event: "alarm";
  readonly project: string;
  readonly id: string;
  readonly kind: AlarmKind;
  readonly decoy: string | null;
  readonly where: AlarmPlace;
}

/** Takes sightings and writes them down as alarms. Nobody waits for it. */
export interface AlarmBook {
  /** Never throws. */
  raise(sighting: Sighting): void;
  /** Writes what waits, and forgets what is over; what the record does not take waits on. Never rejects. */
  flush(): Promise<void>;
  /** Further uses are a new alarm: somebody has seen this one. */
  end(project: string, id: string): Promise<void>;
}

export interface AlarmBookDeps {
  readonly alarms: Pick<Alarms, "put">;
  readonly clock: { nowMs(): number };
  readonly random: (length: number) => Uint8Array;
  readonly onAlarm: (event: AlarmEvent) => void;
  /** Runs after new alarms were written. */
  readonly onWritten: () => void;
  readonly onError: (error: unknown) => void;
}

interface Open {
  alarm: Alarm;
  /** Uses since they were last written. */
  unwritten: number;
  isNew: boolean;
}

const sourceKey = ({ api, verifier, hook, instance, network }: AlarmSource): string =>
  JSON.stringify([api, verifier, hook, instance, network]);

export function createAlarmBook(deps: AlarmBookDeps): AlarmBook {
  const { clock, random } = deps;
  /** By project, kind, decoy and place, then by source. The former are names that an operator gave, the latter at most `mostSources` and one. */
  const open = new Map<string, Map<string, Open>>();
  let draining: Promise<void> | null = null;

  function openOf({ project, kind, decoy, where }: Sighting): Map<string, Open> {
    const key = JSON.stringify([project, kind, decoy, where]);
    const found = open.get(key) ?? new Map<string, Open>();
    open.set(key, found);
    return found;
  }

  const isOver = ({ alarm }: Open): boolean => clock.nowMs() - alarm.firstAtMs >= alarmWindowMs;

  function begin({ project, kind, decoy, where }: Sighting, who: AlarmSource): Open {
    const atMs = clock.nowMs();
    const id = Buffer.from(random(16)).toString("base64url");
    const times = { firstAtMs: atMs, lastAtMs: atMs, acknowledgedAtMs: null };
    const { userAgent: _agent, text: _text, many: _many, ...named } = who;
    deps.onAlarm({ event: "alarm", project, id, kind, decoy, where, ...named });
    return { alarm: { project, id, kind, decoy, where, who, count: 0, ...times }, unwritten: 0, isNew: true };
  }

  function raise(sighting: Sighting): void {
    const alike = openOf(sighting);
    for (const [key, each] of alike) if (isOver(each) && each.unwritten === 0) alike.delete(key);
    const own = sourceKey(sighting.who);
    const isMany = !alike.has(own) && alike.size >= mostSources;
    const key = isMany ? "many" : own;
    const held = alike.get(key);
    const { api } = sighting.who;
    const many: AlarmSource = { ...(api !== undefined && { api }), many: true };
    const isFresh = held === undefined || isOver(held);
    // What the record has not taken yet is not lost for a new one: it is counted in that.
    const current = isFresh ? begin(sighting, isMany ? many : sighting.who) : held;
    const count = (sighting.count ?? 1) + (isFresh ? (held?.unwritten ?? 0) : 0);
    current.alarm = { ...current.alarm, count: current.alarm.count + count, lastAtMs: clock.nowMs() };
    current.unwritten += count;
    alike.set(key, current);
    if (current.isNew) void drain();
  }

  /** True where a new alarm was written. What the record does not take waits on, and keeps no other waiting. */
  async function write(each: Open): Promise<boolean> {
    const { alarm, unwritten, isNew } = each;
    try {
      const kept = await deps.alarms.put(alarm, mostAlike);
      each.unwritten -= unwritten;
      each.isNew = !kept;
      // Its uses are counted in another alarm: only what comes from now on is still its own.
      if (!kept) each.alarm = { ...each.alarm, count: each.alarm.count - alarm.count };
      return kept && isNew;
    } catch (error) {
      deps.onError(error);
      return false;
    }
  }

  async function writeAll(): Promise<void> {
    let wrote = false;
    for (const alike of open.values()) {
      for (const each of alike.values()) if (each.unwritten > 0) wrote = (await write(each)) || wrote;
    }
    if (wrote) deps.onWritten();
  }

  /** One writer at a time; it takes what came before it began. */
  function drain(): Promise<void> {
    draining ??= new Promise<void>((resolve) => setImmediate(resolve)).then(writeAll).finally(() => {
      draining = null;
    });
    return draining;
  }

  async function flush(): Promise<void> {
    await drain();
    if ([...open.values()].some((alike) => [...alike.values()].some(({ unwritten }) => unwritten > 0))) await drain();
    for (const [name, alike] of open) {
      for (const [key, each] of alike) if (isOver(each) && each.unwritten === 0) alike.delete(key);
      if (alike.size === 0) open.delete(name);
    }
  }

  return {
    raise: (sighting) => {
      try {
        raise(sighting);
      } catch (error) {
        deps.onError(error);
      }
    },
    flush,
    async end(project, id) {
      await flush();
      for (const alike of open.values()) {
        for (const [key, { alarm }] of alike) if (alarm.project === project && alarm.id === id) alike.delete(key);
      }
    },
  };
}
