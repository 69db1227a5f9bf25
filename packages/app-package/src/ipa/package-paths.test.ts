import fc from "fast-check";
import { expect, test } from "vitest";
import type { ZipEntry } from "../zip/zip-archive.ts";
import { ambiguousPath } from "./package-paths.ts";

const entry = (name: string): ZipEntry => ({
  name,
  method: "stored",
  compressedBytes: 0,
  uncompressedBytes: 0,
  crc32: 0,
  localHeaderOffset: 0,
  unixMode: 0,
});

/** The rule as it is said: every part of every path is put where it belongs, in one spelling, as a file or as a folder. */
function isAmbiguous(names: readonly string[]): boolean {
  const places = new Map<string, { spelling: string; isFolder: boolean; isEntry: boolean }>();
  for (const name of names) {
    const parts = name.replace(/\/$/, "").split("/");
    for (let count = 1; count <= parts.length; count += 1) {
      const spelling = parts.slice(0, count).join("/");
      const isEntry = count === parts.length;
      const isFolder = !isEntry || name.endsWith("/");
      const known = places.get(spelling.toLowerCase());
      if (known !== undefined && (known.spelling !== spelling || !known.isFolder || !isFolder)) return true;
      if (known?.isEntry && isEntry) return true;
      places.set(spelling.toLowerCase(), { spelling, isFolder, isEntry: isEntry || known?.isEntry === true });
    }
  }
  return false;
}

test("paths are ambiguous where one place has two spellings, two entries, or is a file and a folder", () => {
  const part = fc.constantFrom("a", "A", "b", "a!", "ab", "c0");
  const name = fc
    .tuple(fc.array(part, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([parts, isFolder]) => parts.join("/") + (isFolder ? "/" : ""));
  let ambiguous = 0;
  fc.assert(
    fc.property(fc.array(name, { maxLength: 6 }), (names) => {
      const expected = isAmbiguous(names);
      if (expected) ambiguous += 1;
      expect([names, ambiguousPath(names.map(entry)) !== null]).toEqual([names, expected]);
    }),
    { numRuns: 3_000 },
  );
  expect(ambiguous).toBeGreaterThan(100);
});

test("paths that begin alike, in great numbers and depth, take no more than their own length", () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `${"a/".repeat(480)}${index}`);
  const before = process.memoryUsage().arrayBuffers;
  expect(ambiguousPath(names.map(entry))).toBeNull();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
});
