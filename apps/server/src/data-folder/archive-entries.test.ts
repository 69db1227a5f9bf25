import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { concatBytes } from "@countersign/protocol";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packFiles, unpackFiles } from "./archive-entries.ts";

describe("the entries of an archive", () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "countersign-entries-"));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const unpack = (parts: readonly Uint8Array[]): Record<string, Buffer> => {
    const files: Record<string, Buffer> = {};
    unpackFiles(parts, (name) => {
      files[name] = Buffer.alloc(0);
      return (bytes) => {
        files[name] = Buffer.concat([files[name] ?? Buffer.alloc(0), bytes]);
      };
    });
    return files;
  };
  const packed = (contents: Record<string, Uint8Array>): Uint8Array => {
    const files = Object.entries(contents).map(([name, bytes], index) => {
      const file = join(root, String(index));
      writeFileSync(file, bytes);
      return { name, file };
    });
    return concatBytes(...packFiles(files));
  };

  it("come back as they were, however the stream is cut into parts", () => {
    const contents = { empty: Buffer.alloc(0), "roots/a.key": Buffer.from("abc"), large: Buffer.alloc(10_000, 7) };
    const stream = packed(contents);
    for (const length of [1, 2, 7, 65_536, stream.length]) {
      const parts: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += length) parts.push(stream.subarray(at, at + length));
      expect(unpack(parts)).toEqual(contents);
    }
  });

  it("are refused, never misread, where the stream is any other bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const stream = concatBytes(Buffer.of(0, 1, 255), bytes);
        expect(() => unpack([stream])).toThrow(
          expect.objectContaining({ name: "StartError", code: "backup_unreadable" }),
        );
      }),
    );
  });

  it("are refused where the stream ends early or goes on", () => {
    const stream = packed({ a: Buffer.from("abc"), b: Buffer.from("def") });
    for (let at = 0; at < stream.length; at += 1)
      expect(() => unpack([stream.subarray(0, at)])).toThrow("cannot be read");
    expect(() => unpack([stream, new Uint8Array(1)])).toThrow("cannot be read");
  });
});
