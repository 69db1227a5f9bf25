/** The closed tables, in the order of docs/mutations.md. */
export const codeTables = [
  "reason",
  "problem",
  "agent_error",
  "native_fault",
  "verify_reason",
  "package_problem",
  "lockout_reason",
  "recipe_reason",
] as const;

/** Which closed table a code stands in. */
export type CodeTable = (typeof codeTables)[number];

/** One check taken away, as data: the text that is the check, and what stands there without it. */
export interface Mutation {
  readonly table: CodeTable;
  /** The code that the check gives. */
  readonly code: string;
  /** Unique; `code`, or `code/part` where several checks give one code. */
  readonly name: string;
  /** What is taken away, in words. */
  readonly removed: string;
  /** Path from the repository's root. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Test files that may notice, in the order in which they are tried. */
  readonly tests: readonly string[];
  /** Only tests whose full name matches are run. Default: all of the file. */
  readonly only?: string;
  /** Only third-party vectors show it: without them it is skipped by name. */
  readonly vectors?: true;
}

/** What the mutations of one group share. */
export type MutationGroup = Pick<Mutation, "table" | "file" | "tests"> & Pick<Partial<Mutation>, "only">;

/** One row of a group: code, or `code/part`; what is removed; the text; what replaces it. The rest is the group's unless it says otherwise. */
export type MutationRow = readonly [
  name: string,
  removed: string,
  find: string,
  replace: string,
  other?: Pick<Partial<Mutation>, "file" | "tests" | "only" | "vectors">,
];

/** The mutations of one group. */
export function mutationsOf(group: MutationGroup, rows: readonly MutationRow[]): readonly Mutation[] {
  return rows.map(([name, removed, find, replace, other]) => ({
    ...group,
    code: name.split("/")[0] ?? name,
    name,
    removed,
    find,
    replace,
    ...other,
  }));
}

/** A mutation that does not fit the code any more. */
export class StaleMutationError extends Error {
  constructor({ name, file, find }: Mutation, count: number) {
    super(`${name}: the text to replace occurs ${count} times in ${file}, not once: ${JSON.stringify(find)}`);
    this.name = "StaleMutationError";
  }
}

/** The file's text without the check. Throws a StaleMutationError where the text to replace does not occur exactly once. */
export function applyMutation(text: string, mutation: Mutation): string {
  const { find, replace } = mutation;
  const count = text.split(find).length - 1;
  if (count !== 1) throw new StaleMutationError(mutation, count);
  return text.replace(find, () => replace);
}
