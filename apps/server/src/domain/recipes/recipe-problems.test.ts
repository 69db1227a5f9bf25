import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recipeProblems } from "./recipe-problems.ts";

test("docs/guides/dynamic-credentials.md says of every reason what the table says", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../../docs/guides/dynamic-credentials.md"), "utf8");
  const documented = [...page.matchAll(/^\| `(recipe_\w+)` \| (.+) \|$/gm)].map(([, code, text]) => [code, text]);
  expect(documented).toEqual(Object.entries(recipeProblems));
});
