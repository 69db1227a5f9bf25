import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { swiftFolder } from "../../testing/native/compile-swift.ts";
import { hasJava, nativeModules } from "../../testing/native/installed.ts";
import { requireAll, vectorsFolder } from "../../testing/vectors.ts";
import { codesWithout } from "./covered-codes.ts";
import { mutateOne, type Outcome } from "./mutate-one.ts";
import { applyMutation, type Mutation, StaleMutationError } from "./mutation.ts";
import { mutations } from "./mutations/index.ts";
import { type CaughtMutation, mutationsPage } from "./mutations-page.ts";
import { runTests } from "./run-tests.ts";
import { createWorkingCopy, type WorkingCopy } from "./working-copy.ts";

const root = join(import.meta.dirname, "..", "..");
const page = "docs/mutations.md";

interface Result {
  readonly mutation: Mutation;
  readonly outcome: Outcome;
  readonly seconds: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, jobs: { type: "string", default: "3" } },
});
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const hasCompiler = (file: string): boolean =>
  nativeModules === null
    ? !/\.(?:kt|swift)$/.test(file)
    : file.endsWith(".kt")
      ? hasJava
      : !file.endsWith(".swift") || swiftFolder !== null;
const canBeShown = ({ vectors, file }: Mutation): boolean =>
  requireAll || ((vectors !== true || vectorsFolder() !== null) && hasCompiler(file));

/** Mutations that do not fit the code any more, one line each. */
function staleMutations(chosen: readonly Mutation[]): readonly string[] {
  return chosen.flatMap((mutation) => {
    try {
      applyMutation(readFileSync(join(root, mutation.file), "utf8"), mutation);
      return [];
    } catch (error) {
      if (error instanceof StaleMutationError) return [error.message];
      throw error;
    }
  });
}

/** Tests that fail though nothing was taken away, one line each: they could not be believed. */
async function failsUnbroken(copy: WorkingCopy, chosen: readonly Mutation[]): Promise<readonly string[]> {
  const files = [...new Set(chosen.flatMap(({ tests }) => tests))];
  say(`${files.length} test files, with every check in place`);
  const { failed, broken } = await runTests(copy.root, files, { bail: false });
  return [...failed.map(({ file, name }) => `${file}: ${name}`), ...broken.map((file) => `${file} cannot be run`)];
}

function told({ kind, ...outcome }: Outcome): string {
  if ("by" in outcome) return `${kind}: ${outcome.by.name}`;
  return "files" in outcome
    ? `BROKEN, no test to blame: ${outcome.files.join(", ")}`
    : `UNCAUGHT by ${outcome.passed} tests`;
}

/** Each copy takes the next mutation until none is left. */
async function runAll(copies: readonly WorkingCopy[], chosen: readonly Mutation[]): Promise<readonly Result[]> {
  const results = new Map<Mutation, Result>();
  const waiting = [...chosen];
  const work = async (copy: WorkingCopy): Promise<void> => {
    for (let mutation = waiting.shift(); mutation !== undefined; mutation = waiting.shift()) {
      const startedAtMs = performance.now();
      const outcome = await mutateOne(copy.root, mutation);
      const seconds = Math.round((performance.now() - startedAtMs) / 100) / 10;
      results.set(mutation, { mutation, outcome, seconds });
      say(`${results.size}/${chosen.length} ${mutation.name} (${seconds} s) ${told(outcome)}`);
    }
  };
  await Promise.all(copies.map(work));
  return chosen.flatMap((mutation) => results.get(mutation) ?? []);
}

function toJson(results: readonly Result[]): string {
  const rows = results.map(({ mutation: { table, code, name, removed, file }, outcome, seconds }) => {
    const { kind } = outcome;
    return { table, code, name, removed, file, outcome: kind, test: kind === "caught" ? outcome.by : null, seconds };
  });
  return `${JSON.stringify(rows, null, 2)}\n`;
}

/** Runs the mutations and gives the exit code: 0 where every one was caught, 1 where not, 2 where they could not be run. */
async function main(): Promise<number> {
  const [wanted] = positionals;
  const named = mutations.filter(({ name, file }) => wanted === undefined || `${name} ${file}`.includes(wanted));
  const chosen = named.filter((mutation) => canBeShown(mutation));
  for (const { name } of named.filter((mutation) => !canBeShown(mutation)))
    say(`skipped, for want of vectors or a compiler: ${name}`);
  const stale = staleMutations(chosen);
  for (const line of stale) say(line);
  if (chosen.length === 0) say("no mutation to run");
  if (stale.length > 0 || chosen.length === 0) return 2;
  for (const { table, code } of codesWithout(mutations)) say(`no mutation, so nothing may give it: ${code} (${table})`);

  const jobs = Math.min(Math.max(1, Number(values.jobs) || 1), chosen.length);
  const copies = Array.from({ length: jobs }, () => createWorkingCopy(root));
  const remove = (): void => {
    for (const copy of copies) copy.remove();
  };
  process.once("SIGINT", () => {
    remove();
    process.exit(130);
  });
  try {
    const [first] = copies;
    const failing = first === undefined ? [] : await failsUnbroken(first, chosen);
    for (const line of failing) say(`fails with every check in place: ${line}`);
    if (failing.length > 0) return 2;

    const results = await runAll(copies, chosen);
    if (values.json) process.stdout.write(toJson(results));
    const caught = results.flatMap(({ mutation, outcome }): CaughtMutation[] =>
      outcome.kind === "caught" ? [{ mutation, by: outcome.by }] : [],
    );
    const missed = results.filter(({ outcome }) => outcome.kind !== "caught");
    say(`${caught.length} of ${results.length} caught`);
    for (const { mutation, outcome } of missed)
      say(`${mutation.name}: ${told(outcome)}. ${mutation.removed}, ${mutation.file}`);
    if (missed.length > 0) return 1;
    if (chosen.length === mutations.length) writeFileSync(join(root, page), mutationsPage(caught));
    return 0;
  } finally {
    remove();
  }
}

process.exitCode = await main();
