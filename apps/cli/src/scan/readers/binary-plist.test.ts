import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseBuffer } from "bplist-parser";
import { describe, expect, it } from "vitest";
import { requireAll, vectorsFolder } from "../../../../../testing/vectors.ts";
import { makeBinaryPlist } from "../../testing/made-apple.ts";
import type { NamedValue, Piece } from "../finding.ts";
import { readBinaryPlist } from "./binary-plist.ts";

const namedOf = (pieces: Iterable<Piece>): readonly NamedValue[] =>
  [...pieces].flatMap((piece) => (piece.type === "named" ? [piece.named] : []));

/** Names and texts as another reader has them, through every level. */
function pairsOf(value: unknown): readonly (readonly [string, string])[] {
  if (Array.isArray(value)) return value.flatMap(pairsOf);
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    typeof member === "string" ? [[name, member] as const] : pairsOf(member),
  );
}

const sorted = (pairs: Iterable<readonly [string, string]>): readonly string[] =>
  [...pairs].map((pair) => pair.join(" = ")).toSorted();

function expectSame(bytes: Buffer): void {
  const ours = namedOf(readBinaryPlist(bytes)).map(({ name, value }) => [name, value] as const);
  expect(sorted(ours)).toEqual(sorted(pairsOf(parseBuffer<unknown>(bytes))));
  expect(ours.length).toBeGreaterThan(0);
}

describe("a binary property list", () => {
  it("has the names and texts that another reader finds", () => {
    expectSame(makeBinaryPlist({ CFBundleName: "Gälerie", WeatherAPIKey: "x".repeat(700), Empty: "" }));
  });

  it("whose objects all hold each other costs no more than its size", () => {
    const bytes = makeBinaryPlist({ a: "first", b: "second" });
    // Every reference of the dictionary leads back to the dictionary.
    for (let at = 9; at < 13; at += 1) bytes[at] = 0;
    expect(namedOf(readBinaryPlist(bytes))).toEqual([]);
  });

  const vectors = vectorsFolder();
  it.skipIf(vectors === null && !requireAll)("of a real app has the names and texts that another reader finds", () => {
    expectSame(readFileSync(join(vectors ?? "", "apps/isign/tests/Test.app/Info.plist")));
  });
});
