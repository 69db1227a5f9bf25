import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keyRules } from "./key-rules.ts";
import { lookAtPassage } from "./look.ts";

/** A pattern without what it escapes, its classes and its groups' heads: what is left of `*`, `+` and `{` repeats something. */
const bare = (source: string): string =>
  source
    .replaceAll(/\\(?:x[0-9a-f]{2}|.)/gi, "e")
    .replaceAll(/\[[^\]]*\]/g, "c")
    .replaceAll(/\(\?(?:[:=!]|<[=!])/g, "(");
const isBounded = (source: string): boolean =>
  !/[*+]|\{\d+,\}/.test(bare(source)) &&
  [...bare(source).matchAll(/\{(?:\d+,)?(\d+)\}/g)].every(({ 1: most }) => Number(most) <= 8192);

/** Patterns that go through a whole passage: those with the flag g or y, and those that are put together of raw strings. */
function patternsOf(file: string): readonly string[] {
  const text = readFileSync(file, "utf8");
  const literals = [
    ...text.matchAll(
      /(?<=[=(:,]\s{0,8})\/((?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\n*[\\])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\n[\\])*)\/([a-z]*)/g,
    ),
  ];
  const raw = [...text.matchAll(/String\.raw`([^`]*)`/g)].map(({ 1: source = "" }) => source);
  return [...literals.filter(({ 2: flags = "" }) => /[gy]/.test(flags)).map(({ 1: source = "" }) => source), ...raw];
}

const readers = join(import.meta.dirname, "../readers");
const files = [
  ...readdirSync(import.meta.dirname)
    .filter((name) => /^(?:find-.*|seen-place|telling-name)\.ts$/.test(name))
    .map((name) => join(import.meta.dirname, name)),
  join(readers, "joined-literals.ts"),
];

describe("a pattern that goes through a whole text", () => {
  it.each(keyRules.map(({ id, pattern }) => [id, pattern.source]))(
    "%s: looks a bounded way from each character",
    (_id, source) => {
      expect(isBounded(source)).toBe(true);
    },
  );

  it.each(files)("%s: each looks a bounded way from each character", (file) => {
    expect(patternsOf(file).filter((source) => !isBounded(source))).toEqual([]);
  });

  it("is found by this test, and one without a bound is told from one with", () => {
    expect(files.flatMap(patternsOf).length).toBeGreaterThan(20);
    expect(["a{1,9}b", String.raw`\+[*+]{3}(?:x|y){0,40}`, "(?<=a)b?"].filter(isBounded)).toHaveLength(3);
    expect(["a+", "a*b", "[a-z]{3,}", "(?:ab)+", "a{1,99999}"].filter(isBounded)).toEqual([]);
  });
});

describe("every rule's own texts, made to be slow", () => {
  const at = { line: null, column: null, offset: 0 } as const;

  it.each(keyRules.map((rule) => [rule.id, rule] as const))(
    "%s: anchors, and beginnings that come to nothing",
    (_id, { anchors }) => {
      for (const anchor of anchors) {
        for (const filling of ["", "a", "A", "0", "-", ".", "_", "a1B2".repeat(60), `${"0".repeat(64)}-`, " key="]) {
          const text = `${anchor}${filling}`.repeat(Math.ceil(50_000 / (anchor.length + filling.length)));
          for (const one of [text, text.replaceAll(anchor, ` ${anchor}`)])
            expect(
              lookAtPassage({ text: one, form: "written", positionOf: () => at }, { nowMs: 0, isRelease: true })
                .sightings.length,
            ).toBeLessThanOrEqual(1000);
        }
      }
    },
  );
});
