import type { Detectors, Signal } from "../ports.ts";

/**
 * Signals on which everything held is wiped before the service is told (protocol section 14). Whether the instance goes on is the
 * service's to say.
 */
export const severeSignals: readonly string[] = ["debugger", "hook", "repackaged"];

/** What the agent itself detects, beside the platform's detectors. */
const ownDetectors = { mitm: 1, service_channel: 1 } as const;
type OwnSignal = keyof typeof ownDetectors;

export interface Observation {
  readonly detectors: Readonly<Record<string, number>>;
  readonly seen: readonly Signal[];
  /** Severe signals that no answered statement has carried yet. */
  readonly unjudged: readonly string[];
  /** Severe signals seen for the first time just now. */
  readonly fresh: readonly string[];
}

interface Raised {
  count: number;
  lastAtMs: number;
  detail: string | null;
}

/** A native part is not held to its types. */
function isSignal(value: unknown): value is Signal {
  const { name, detail } = (value ?? {}) as Partial<Record<keyof Signal, unknown>>;
  return typeof name === "string" && (detail === undefined || typeof detail === "string");
}

/** Joins what the platform's detectors see with what the agent sees itself, and what another library of the app saw. */
export class Signals {
  readonly #detectors: Detectors;
  readonly #nowMs: () => number;
  readonly #raised = new Map<OwnSignal, Raised>();
  readonly #noted = new Map<string, Raised>();
  readonly #known = new Set<string>();
  readonly #judged = new Set<string>();

  constructor(detectors: Detectors, nowMs: () => number) {
    this.#detectors = detectors;
    this.#nowMs = nowMs;
  }

  /** Notes a signal of the agent's own: it travels with every statement until an answer to one has verified. */
  raise(name: OwnSignal, detail: string | null): void {
    this.#count(this.#raised, name, detail);
  }

  /** Notes what another library saw: as with a detector's, it travels with every statement of this process. True where it is severe and new. */
  note(name: string, detail: string | null): boolean {
    this.#count(this.#noted, name, detail);
    if (!severeSignals.includes(name) || this.#known.has(name)) return false;
    this.#known.add(name);
    return true;
  }

  #count<Name extends string>(of: Map<Name, Raised>, name: Name, detail: string | null): void {
    of.set(name, { count: (of.get(name)?.count ?? 0) + 1, lastAtMs: this.#nowMs(), detail });
  }

  #toSignals(of: ReadonlyMap<string, Raised>): Signal[] {
    return [...of].map(([name, { count, lastAtMs, detail }]) => ({
      name,
      count,
      ageSeconds: Math.floor((this.#nowMs() - lastAtMs) / 1000),
      ...(detail === null ? {} : { detail }),
    }));
  }

  /** What the platform's detectors say. Those that fail, or say what cannot be read, are not named: the service finds them missing. */
  async #ask(): Promise<Pick<Observation, "detectors" | "seen">> {
    try {
      const { detectors, seen } = await this.#detectors.observe();
      const read = seen.filter(isSignal);
      return { detectors: read.length === seen.length ? (detectors ?? {}) : {}, seen: read };
    } catch {
      return { detectors: {}, seen: [] };
    }
  }

  async observe(): Promise<Observation> {
    const { detectors, seen: detected } = await this.#ask();
    const named = new Set(detected.map(({ name }) => name));
    const seen = [...detected, ...this.#toSignals(this.#noted).filter(({ name }) => !named.has(name))];
    const severe = seen.map(({ name }) => name).filter((name) => severeSignals.includes(name));
    const fresh = severe.filter((name) => !this.#known.has(name));
    for (const name of fresh) this.#known.add(name);
    const order = (signal: Signal): number => (severeSignals.includes(signal.name) ? 0 : 1);
    return {
      detectors: { ...ownDetectors, ...detectors },
      seen: [...this.#toSignals(this.#raised), ...seen].sort((a, b) => order(a) - order(b)),
      unjudged: severe.filter((name) => !this.#judged.has(name)),
      fresh,
    };
  }

  /** A verified answer came to a statement that carried this observation. */
  settle(observation: Observation): void {
    for (const name of observation.unjudged) this.#judged.add(name);
    for (const { name, count } of observation.seen) {
      const raised = this.#raised.get(name as OwnSignal);
      if (raised !== undefined && raised.count === count) this.#raised.delete(name as OwnSignal);
    }
  }
}
