import type { Advice, Harmless, Position, Severity, Sighting } from "./finding.ts";
import { toFindingId } from "./finding-id.ts";
import { maskValue } from "./mask.ts";
import { isRandomLooking } from "./rules/randomness.ts";

const MOST_PLACES = 8;
/** Findings of one severity: an app made to have more is told to be past a limit. */
const MOST_FINDINGS = 10_000;

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
  occurrences: number;
  /** The places in the file that was last looked at: passages overlap. */
  file: string;
  seen: Set<string>;
}

/** What one rule is sure of outweighs what another suspects: a value under a name that explains it is explained wherever else it stands. */
const weight: Readonly<Record<Severity, number>> = { secret: 2, "public-by-design": 1, suspicious: 0 };
const vague = new Set(["named-key", "key-in-url", "random-string", "random-near-name"]);

/** Gathers what rules see into findings: one per value, with its places. Values themselves are let go at once. */
export function createLedger() {
  const entries = new Map<string, Entry>();
  const counts: Record<Severity, number> = { secret: 0, suspicious: 0, "public-by-design": 0 };
  const harmless = { placeholders: 0, configurations: 0 };
  return {
    /** False where there are more findings than are told. */
    add(file: string, sighting: Sighting): boolean {
      const id = toFindingId({ ...sighting, rule: vague.has(sighting.rule) ? "value" : sighting.rule });
      const entry = entries.get(id) ?? toEntry(id, file, sighting);
      if (!entries.has(id)) {
        if (counts[sighting.severity] >= MOST_FINDINGS) return false;
        counts[sighting.severity] += 1;
        entries.set(id, entry);
      }
      if (weight[sighting.severity] > weight[entry.best.severity]) entry.best = toBest(id, sighting);
      if (entry.file !== file) [entry.file, entry.seen] = [file, new Set()];
      const place = { file, ...sighting.at };
      const key = `${place.line}:${place.column}:${place.offset}`;
      if (entry.seen.has(key)) return true;
      entry.seen.add(key);
      entry.occurrences += 1;
      if (entry.where.length < MOST_PLACES) entry.where.push(place);
      return true;
    },
    count(kind: Harmless): void {
      if (kind === "placeholder") harmless.placeholders += 1;
      else harmless.configurations += 1;
    },
    harmless,
    findings(): readonly Finding[] {
      const all = [...entries.values()].map(({ best, where, occurrences }) => ({ ...best, where, occurrences }));
      const order: Readonly<Record<Severity, number>> = { secret: 0, suspicious: 1, "public-by-design": 2 };
      return all.toSorted(
        (a, b) => order[a.severity] - order[b.severity] || compare(a.rule, b.rule) || compare(a.id, b.id),
      );
    },
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function toEntry(id: string, file: string, sighting: Sighting): Entry {
  return { best: toBest(id, sighting), where: [], occurrences: 0, file, seen: new Set() };
}

/** Copied: a part of a text keeps all of the text in memory. */
function toBest(id: string, { rule, kind, severity, value, name, details, advice }: Sighting): Entry["best"] {
  // What stood beside a value may be a value too.
  const shown = name === null ? null : (isRandomLooking(name) ? maskValue(name) : name).slice(0, 64);
  return structuredClone({ id, rule, kind, severity, excerpt: maskValue(value), name: shown, details, advice });
}
