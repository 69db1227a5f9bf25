import { type CodeTable, codeTables, type Mutation } from "./mutation.ts";
import type { NamedTest } from "./run-tests.ts";

/** A mutation and the test that failed without its check. */
export interface CaughtMutation {
  readonly mutation: Mutation;
  readonly by: NamedTest;
}

const titles: Readonly<Record<CodeTable, string>> = {
  reason: "Reasons",
  problem: "Problems an agent can get",
  agent_error: "Decisions of the agent",
  native_fault: "Faults of the native halves",
  verify_reason: "Refusals of token verifiers",
  package_problem: "Problems of app packages",
  lockout_reason: "Reasons of the simulator",
  recipe_reason: "Reasons of recipes",
};

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
const link = (path: string): string => `[${path.split("/").at(-1)}](../${path})`;

function section(table: CodeTable, caught: readonly CaughtMutation[]): string {
  const rows = caught
    .filter(({ mutation }) => mutation.table === table)
    .map(({ mutation, by }) => {
      const { name, removed, file } = mutation;
      return `| \`${name}\` | ${cell(removed)} (${link(file)}) | ${cell(by.name)} (${link(by.file)}) |`;
    });
  const head = table === "agent_error" ? "code" : table.split("_").at(-1);
  return [
    `## ${titles[table]}`,
    "",
    `| ${head} | what was taken away | the test that then fails |`,
    "|---|---|---|",
    ...rows,
  ].join("\n");
}

/** The text of docs/mutations.md. */
export function mutationsPage(caught: readonly CaughtMutation[]): string {
  const sections = codeTables.map((table) => section(table, caught));
  return `<!-- Written by \`npm run mutate\`; do not edit. -->

# What fails when a check is removed

A closed reason is worth what its check is worth, and a check is worth what a test says about it. \`npm run mutate\` takes each check below away
in a copy of the repository, runs the tests that should notice, and writes down the first that fails. A check that nobody misses ends the run
with exit code 1. \`code/part\`: several checks give one code, and each is taken away by itself. \`npm run mutate -- TEXT\` runs those whose name
or file holds TEXT.

The mutations are data: [scripts/mutate/mutations](../scripts/mutate/mutations). A test holds that every code of the closed tables has one and that
each still fits the code.

${sections.join("\n\n")}
`;
}
