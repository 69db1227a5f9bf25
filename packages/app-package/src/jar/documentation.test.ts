import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jarProblems } from "./jar-problems.ts";

test("docs/app-package.md says what each problem of a JAR signature means, and names no other", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../docs/app-package.md"), "utf8");
  const rows = [...page.matchAll(/^\| `(jar_\w+)` \| (.*) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(Object.fromEntries(rows)).toEqual(jarProblems);
});
