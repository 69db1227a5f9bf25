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
  close?(): Promise<void>;
}

/** Medians of interleaved rounds; `ratio` is the median of this subject's rounds against the first subject's round beside it. */
export interface Measured {
  readonly name: string;
  readonly microseconds: { readonly median: number; readonly min: number; readonly max: number };
  readonly ratio: { readonly median: number; readonly min: number; readonly max: number };
}

const spread = (values: readonly number[]): { median: number; min: number; max: number } => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => Number((sorted[index] ?? Number.NaN).toPrecision(4));
  return { median: at(Math.floor(sorted.length / 2)), min: at(0), max: at(sorted.length - 1) };
};

/**
 * Measures subjects in turn, A B A B …, after one uncounted round each, so that a drifting machine touches all alike. Figures are microseconds
 * per iteration; what to quote is the ratio.
 */
export async function measure(
  subjects: readonly Subject[],
  rounds: number,
  iterations: number,
): Promise<readonly Measured[]> {
  const times = subjects.map((): number[] => []);
  for (let round = -1; round < rounds; round += 1) {
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
    };
  });
}
