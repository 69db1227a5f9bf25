import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { verityRoot } from "./apk-writer.suite.ts";
import { createVerityTree, verityLevelBytes } from "./verity-tree.ts";

const page = 4096;

function grown(content: Uint8Array, salt: Uint8Array, pieceBytes: number) {
  const tree = createVerityTree(salt);
  for (let at = 0; at < content.length; at += pieceBytes) tree.update(content.subarray(at, at + pieceBytes));
  return tree.finish();
}

test.each([
  1,
  page - 1,
  page,
  page + 1,
  127 * page,
  128 * page,
  128 * page + 1,
  129 * page,
  128 * 128 * page,
  128 * 128 * page + 1,
])("a tree over %i bytes has the root and the levels of one that is built level by level", (length) => {
  const content = Buffer.alloc(length, "some content of a length that fills no page");
  for (const salt of [Buffer.alloc(0), Buffer.alloc(8)]) {
    const levels: Buffer[] = [];
    const root = verityRoot(content, salt, levels);
    const tree = grown(content, salt, 1 << 20);
    expect(root.equals(tree.root)).toBe(true);
    const digests = levels.toReversed().map((level) => createHash("sha256").update(level).digest("hex"));
    expect(tree.levels.map((digest) => Buffer.from(digest).toString("hex"))).toEqual(digests);
    expect(verityLevelBytes(length)).toEqual(levels.toReversed().map((level) => level.length));
  }
});

test("a tree does not depend on the pieces in which its content comes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40_000 }), fc.integer({ min: 1, max: 9000 }), (length, pieceBytes) => {
      const content = Buffer.alloc(length, "abc");
      expect(Buffer.from(grown(content, Buffer.alloc(8), pieceBytes).root)).toEqual(
        verityRoot(content, Buffer.alloc(8)),
      );
    }),
    { numRuns: 60 },
  );
});
