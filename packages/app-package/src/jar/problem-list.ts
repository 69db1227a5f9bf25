import type { PackageProblem, PackageProblemCode } from "../problem.ts";

const maximumListed = 50;

/** Problems as they are found. A crafted archive has thousands: the first fifty are kept, and that there are more. */
export interface ProblemList {
  readonly problems: readonly PackageProblem[];
  isEmpty(): boolean;
  /** True where more would not be listed: who looks for more may stop. */
  isFull(): boolean;
  add(code: PackageProblemCode, detail: string): void;
  addProblem(problem: PackageProblem): void;
}

export function createProblemList(): ProblemList {
  const problems: PackageProblem[] = [];
  let found = 0;
  const addProblem = (problem: PackageProblem) => {
    found += 1;
    if (found < maximumListed) problems.push(problem);
    else if (found === maximumListed)
      problems.push({ code: problem.code, detail: `${problem.detail}; more were not listed` });
  };
  return {
    problems,
    isEmpty: () => found === 0,
    isFull: () => found >= maximumListed,
    add: (code, detail) => addProblem({ code, detail }),
    addProblem,
  };
}
