import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { vectorsFolder } from "../../testing/vectors.ts";

/** A test by its file, from the repository's root, and its full name. */
export interface NamedTest {
  readonly file: string;
  readonly name: string;
}

export interface TestRun {
  readonly passed: number;
  readonly failed: readonly NamedTest[];
  /** Files that failed without a test to blame: they could not be loaded, or a hook failed. */
  readonly broken: readonly string[];
}

interface JsonReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Longer than any good test takes: a removed check may leave one waiting. */
const timeoutMs = 20_000;

/** Longer than any good hook takes: those of native code compile it. */
const hookTimeoutMs = 180_000;

/** The caller's environment without what a vitest around this one has put there. */
function environment(): NodeJS.ProcessEnv {
  const vectors = vectorsFolder();
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST") && name !== "NODE_ENV");
  return { ...Object.fromEntries(inherited), ...(vectors === null ? {} : { COUNTERSIGN_VECTORS: vectors }) };
}

/** Runs test files in a working copy. `bail`: stop at the first failure. `only`: tests whose full name matches. */
export async function runTests(
  root: string,
  files: readonly string[],
  { bail, only }: { readonly bail: boolean; readonly only?: string | undefined },
): Promise<TestRun> {
  const report = join(root, ".mutate-report.json");
  rmSync(report, { force: true });
  const child = spawn(
    process.execPath,
    [
      join(root, "node_modules", "vitest", "vitest.mjs"),
      "run",
      ...files,
      "--reporter=json",
      `--outputFile=${report}`,
      `--testTimeout=${timeoutMs}`,
      `--hookTimeout=${hookTimeoutMs}`,
      ...(bail ? ["--bail=1"] : []),
      ...(only === undefined ? [] : [`--testNamePattern=${only}`]),
    ],
    { cwd: root, stdio: "ignore", env: environment() },
  );
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  if (!existsSync(report)) return { passed: 0, failed: [], broken: files };
  return toTestRun(root, JSON.parse(readFileSync(report, "utf8")) as JsonReport);
}

function toTestRun(root: string, { testResults }: JsonReport): TestRun {
  const named = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ status, fullName }) => ({ status, test: { file: relative(root, name), name: fullName } })),
  );
  const failed = named.filter(({ status }) => status === "failed").map(({ test }) => test);
  const blamed = new Set(failed.map(({ file }) => file));
  const broken = testResults
    .filter(({ status, name }) => status === "failed" && !blamed.has(relative(root, name)))
    .map(({ name }) => relative(root, name));
  return { passed: named.filter(({ status }) => status === "passed").length, failed, broken };
}
