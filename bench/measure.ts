/** One thing to measure, called `iterations` times in a round. */
export interface Subject {
  readonly name: string;
  run(iterations: number): void | Promise<void>;
}

/** A set of subjects of which the first is what the others are measured against. */
export interface Bench {
  readonly what: string;
  readonly iterations: number;
  readonly subjects: readonly Subject[];
  /** What somebody who compares must know. */
  readonly notes?: readonly string[];
  readonly goals?: readonly Goal[];
  close?(): Promise<void>;
}

/** A bound on a subject's median ratio to the first subject, or on the microseconds it takes beyond it. */
export type Goal =
  | { readonly subject: string; readonly atMost: number }
  | { readonly subject: string; readonly addsAtMost: number }
  | { readonly subject: string; readonly atLeast: number };

type Tables = Readonly<Record<string, readonly object[]>>;

/** Several benches under one name, and tables of figures that are no rounds. */
export interface BenchSet {
  readonly what: string;
  readonly parts: Readonly<Record<string, Bench>>;
  tables?(): Tables | Promise<Tables>;
}

interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Medians of interleaved rounds; `ratio` is the median of this subject's rounds against the first subject's round beside it. `added` is
 * what its fastest round took beyond the first subject's fastest, microseconds: what a busy machine adds is none of the subject's.
 */
export interface Measured {
  readonly name: string;
  readonly microseconds: Spread;
  readonly ratio: Spread;
  readonly added: number;
}

const spread = (values: readonly number[]): Spread => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => Number((sorted[index] ?? Number.NaN).toPrecision(4));
  return { median: at(Math.floor(sorted.length / 2)), min: at(0), max: at(sorted.length - 1) };
};

const warmRounds = 3;

/**
 * Measures subjects in turn, A B A B …, after three uncounted rounds each, so that a drifting machine touches all alike. Figures are microseconds
 * per iteration; what to quote is the ratio.
 */
export async function measure(
  subjects: readonly Subject[],
  rounds: number,
  iterations: number,
): Promise<readonly Measured[]> {
  const times = subjects.map((): number[] => []);
  for (let round = -warmRounds; round < rounds; round += 1) {
    for (const [index, subject] of subjects.entries()) {
      const began = process.hrtime.bigint();
      await subject.run(iterations);
      const microseconds = Number(process.hrtime.bigint() - began) / 1000 / iterations;
      if (round >= 0) times[index]?.push(microseconds);
    }
  }
  const first = times[0] ?? [];
  return subjects.map(({ name }, index) => {
    const own = times[index] ?? [];
    return {
      name,
      microseconds: spread(own),
      ratio: spread(own.map((time, round) => time / (first[round] ?? Number.NaN))),
      added: Number((Math.min(...own) - Math.min(...first)).toPrecision(4)),
    };
  });
}

/** Which goals the measured figures meet. A goal whose subject was not measured is left out. */
export function judgeGoals(
  goals: readonly Goal[],
  measured: readonly Measured[],
): readonly (Goal & { readonly ratio: number; readonly added: number; readonly met: boolean })[] {
  return goals.flatMap((goal) => {
    const subject = measured.find(({ name }) => name === goal.subject);
    if (subject === undefined) return [];
    const ratio = subject.ratio.median;
    const { added } = subject;
    return [{ ...goal, ratio, added, met: isMet(goal, ratio, added) }];
  });
}

function isMet(goal: Goal, ratio: number, added: number): boolean {
  if ("addsAtMost" in goal) return added <= goal.addsAtMost;
  return "atMost" in goal ? ratio <= goal.atMost : ratio >= goal.atLeast;
}
