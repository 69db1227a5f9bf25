import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ipaProblems } from "./ipa-problems.ts";

test("docs/app-package.md says what each problem of an IPA means, and names no other", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../docs/app-package.md"), "utf8");
  const section = page.slice(page.indexOf("\n## IPA\n")).split(/\n## (?!IPA)/)[0] ?? "";
  const rows = [...section.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(Object.fromEntries(rows)).toEqual(ipaProblems);
});
