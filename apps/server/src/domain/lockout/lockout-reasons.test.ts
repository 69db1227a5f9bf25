import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { lockoutReasons } from "./lockout-reasons.ts";

it("the guide has every reason with what it means, in their order, and no other", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../../docs/guides/simulating.md"), "utf8");
  const [, section = ""] = /^## What can lock a version out\n([\s\S]*?)^## /m.exec(page) ?? [];
  const rows = [...section.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, code, text]) => [code, text]);
  expect(rows).toEqual(Object.entries(lockoutReasons));
});
