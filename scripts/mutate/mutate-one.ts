import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applyMutation, type Mutation } from "./mutation.ts";
import { type NamedTest, runTests } from "./run-tests.ts";

/** What came of one mutation. `caught` by a named test is the only good end. */
export type Outcome =
  | { readonly kind: "caught"; readonly by: NamedTest }
  | { readonly kind: "uncaught"; readonly passed: number }
  | { readonly kind: "broken"; readonly files: readonly string[] };

/** Takes the check away in the working copy, runs the tests that should notice until one fails, and puts the check back. */
export async function mutateOne(root: string, mutation: Mutation): Promise<Outcome> {
  const path = join(root, mutation.file);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, applyMutation(text, mutation));
  try {
    let passed = 0;
    for (const file of mutation.tests) {
      const run = await runTests(root, [file], { bail: true, only: mutation.only });
      const by = run.failed[0];
      if (by !== undefined) return { kind: "caught", by };
      if (run.broken.length > 0) return { kind: "broken", files: run.broken };
      passed += run.passed;
    }
    return { kind: "uncaught", passed };
  } finally {
    writeFileSync(path, text);
  }
}
