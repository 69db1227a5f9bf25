import type { Advice, Harmless, Position, Severity, Sighting } from "./finding.ts";
import { toFindingId } from "./finding-id.ts";
import { maskValue } from "./mask.ts";
import { isRandomLooking } from "./rules/randomness.ts";

const MOST_PLACES = 8;

export type Where = Position & { readonly file: string };

/** One value that one rule found, wherever it stands. */
export interface Finding {
  readonly id: string;
  readonly rule: string;
  readonly kind: string;
  readonly severity: Severity;
  /** At most the first 4 and last 2 characters. */
  readonly excerpt: string;
  readonly name: string | null;
  readonly details: string | null;
  /** The first places, at most 8; `occurrences` counts all. */
  readonly where: readonly Where[];
  readonly occurrences: number;
  readonly advice: Advice;
}

interface Entry {
  best: Omit<Finding, "where" | "occurrences">;
  where: Where[];
  seen: Set<string>;
}

/** What one rule is sure of outweighs what another suspects: a value under a name that explains it is explained wherever else it stands. */
const weight: Readonly<Record<Severity, number>> = { secret: 2, "public-by-design": 1, suspicious: 0 };
const vague = new Set(["named-key", "key-in-url", "random-string", "random-near-name"]);

/** Gathers what rules see into findings: one per value, with its places. Values themselves are let go at once. */
export function createLedger() {
  const entries = new Map<string, Entry>();
  const harmless = { placeholders: 0, configurations: 0 };
  return {
    add(file: string, sighting: Sighting): void {
      const id = toFindingId({ ...sighting, rule: vague.has(sighting.rule) ? "value" : sighting.rule });
      const place = { file, ...sighting.at };
      const best = toBest(id, sighting);
      const entry = entries.get(id) ?? { best, where: [], seen: new Set<string>() };
      entries.set(id, entry);
      const key = `${file}\n${place.line}:${place.column}:${place.offset}`;
      if (weight[best.severity] > weight[entry.best.severity]) entry.best = best;
      if (entry.seen.has(key)) return;
      entry.seen.add(key);
      if (entry.where.length < MOST_PLACES) entry.where.push(place);
    },
    count(kind: Harmless): void {
      if (kind === "placeholder") harmless.placeholders += 1;
      else harmless.configurations += 1;
    },
    harmless,
    findings(): readonly Finding[] {
      const all = [...entries.values()].map(({ best, where, seen }) => ({ ...best, where, occurrences: seen.size }));
      const order: Readonly<Record<Severity, number>> = { secret: 0, suspicious: 1, "public-by-design": 2 };
      return all.toSorted(
        (a, b) => order[a.severity] - order[b.severity] || compare(a.rule, b.rule) || compare(a.id, b.id),
      );
    },
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function toBest(id: string, { rule, kind, severity, value, name, details, advice }: Sighting): Entry["best"] {
  // What stood beside a value may be a value too.
  const shown = name === null ? null : (isRandomLooking(name) ? maskValue(name) : name).slice(0, 64);
  return { id, rule, kind, severity, excerpt: maskValue(value), name: shown, details, advice };
}
