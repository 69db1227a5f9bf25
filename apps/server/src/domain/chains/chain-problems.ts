/** What may be wrong with the chain of a protected API. */
export const chainProblems = [
  "unreachable",
  "address_refused",
  "name_wrong",
  "store_refused",
  "root_refused",
  "pin_absent",
  "ended",
  "ends_soon",
] as const;

export type ChainProblem = (typeof chainProblems)[number];
