import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { manifestProblems } from "../android-manifest/manifest-problems.ts";
import { aabProblems } from "./aab-problems.ts";

test("docs/app-package.md says what each problem of a manifest and of a bundle means, and names no other", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../docs/app-package.md"), "utf8");
  const rows = [...page.matchAll(/^\| `((?:manifest|aab|play)_\w+)` \| (.*) \|$/gm)];
  expect(Object.fromEntries(rows.map(([, code, meaning]) => [code, meaning]))).toEqual({
    ...manifestProblems,
    ...aabProblems,
  });
});
