import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { zipProblems } from "./zip-problems.ts";

test("docs/app-package.md says what each problem of an archive means, and names no other", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../docs/app-package.md"), "utf8");
  const rows = [...page.matchAll(/^\| `(zip_\w+)` \| (.*) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(Object.fromEntries(rows)).toEqual(zipProblems);
});
