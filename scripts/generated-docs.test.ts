import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { generatedDocs } from "./generated-docs.ts";

const root = join(import.meta.dirname, "..");

it.each([...generatedDocs()])("%s says what the code's tables say", (path, text) => {
  expect(readFileSync(join(root, path), "utf8")).toBe(text);
});

const pages = [
  "README.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => join("docs", name)),
];

it.each(pages.filter((name) => name.endsWith(".md")))(
  "every link of %s to a file of the repository leads somewhere",
  (page) => {
    const text = readFileSync(join(root, page), "utf8").replaceAll(/```[\s\S]*?```/g, "");
    const targets = [...text.matchAll(/\]\(([^)#:\s]+)(#[^)]*)?\)/g)].map((match) => match[1] ?? "");
    expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
  },
);
