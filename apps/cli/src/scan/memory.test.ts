import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { draw } from "../testing/made-keys.ts";
import type { Piece } from "./finding.ts";
import { scanLimits } from "./limits.ts";
import { limitBytes } from "./member-bytes.ts";
import { type Look, readMember } from "./read-member.ts";
import { scanInput } from "./scan.ts";

const PART = 65_536;
/** Passages and the parts that fill them: a mebibyte of text, its overlap, and what waits. */
const HELD = 2 * 1_048_576;
const WINDOWS = 3 * 4_194_304;
const stripe = `sk_live_${draw("alnum", 24)}`;

/** Reads a member out of parts that are made as they are asked for, and tells how far the reading was behind the making. */
async function read(path: string, parts: readonly (string | Buffer)[], repeat: number) {
  let made = 0;
  let looked = 0;
  let behind = 0;
  const open = async function* (): AsyncGenerator<Buffer> {
    for (let round = 0; round < repeat; round += 1) {
      for (const part of parts) {
        const bytes = Buffer.from(part);
        made += bytes.length;
        behind = Math.max(behind, made - looked);
        yield bytes;
      }
    }
  };
  let longest = 0;
  const names = new Set<string>();
  const look: Look = (file, pieces) => {
    for (const piece of pieces as Iterable<Piece>) {
      if (piece.type !== "passage") continue;
      names.add(file);
      longest = Math.max(longest, piece.passage.text.length);
      looked = made;
    }
  };
  const limits = { ...scanLimits, wholeBytes: HELD };
  const bytes = async () => limitBytes(open(), null, limits, () => true);
  await readMember({ path, bytes, depth: 0, limits, look, report: () => undefined });
  return { made, behind, longest, names };
}

describe("what is held of a large file", () => {
  const line = `${"function a(b){return b};".repeat(PART / 24)}`;

  it("a script of one line: a mebibyte and its overlap", async () => {
    const { made, behind, longest } = await read("main.js", [line], 1000);
    expect(made).toBeGreaterThan(60_000_000);
    expect(longest).toBeLessThanOrEqual(1_048_576);
    expect(behind).toBeLessThan(HELD);
  });

  it("a source map: the part of a source, however long it is, and nothing of the mappings", async () => {
    const source = await read("a.js.map", [`{"sourcesContent":["`, ...Array.from({ length: 1000 }, () => line)], 1);
    expect(source.made).toBeGreaterThan(60_000_000);
    expect([...source.names][0]).toBe("a.js.map!/0");
    expect(source.longest).toBeLessThanOrEqual(1_048_576);
    expect(source.behind).toBeLessThan(HELD);
  });

  it("a source map of millions of empty lists, which JSON.parse would build", async () => {
    const { made, longest } = await read(
      "b.js.map",
      [`{"a":[`, ...Array.from({ length: 300 }, () => "[],".repeat(PART / 3))],
      1,
    );
    expect(made).toBeGreaterThan(15_000_000);
    expect(longest).toBeLessThanOrEqual(1_048_576);
  });

  it("bytes without a structure: a window", async () => {
    const { made, behind, longest } = await read("a.bin", [Buffer.alloc(PART, "\u0000\u0001abcdefghij")], 1000);
    expect(made).toBeGreaterThan(60_000_000);
    expect(behind).toBeLessThan(WINDOWS);
    expect(longest).toBeLessThan(1_048_576);
  });

  it("a file with a structure that is too large to be held: as much as may be held", async () => {
    const { behind } = await read(
      "classes.dex",
      [Buffer.concat([Buffer.from("dex\n035\0"), Buffer.alloc(PART, "abcdefghij\0")])],
      500,
    );
    expect(behind).toBeLessThan(HELD + 3 * PART);
  });
});

describe("a large file on disk", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "scan-memory-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is read to its end, compressed or not", async () => {
    const text = Buffer.concat([Buffer.alloc(20_000_000, "var a = 1;\n"), Buffer.from(`\nx("${stripe}")\n`)]);
    writeFileSync(join(folder, "a.js"), text);
    writeFileSync(join(folder, "b.js.gz"), gzipSync(text));
    const result = await scanInput(folder, { includeIgnored: false, nowMs: 0 });
    const line = Math.floor(20_000_000 / 11) + 2;
    expect(result?.findings).toMatchObject([
      {
        occurrences: 2,
        where: [
          { file: "a.js", line },
          { file: "b.js.gz!/b.js", line },
        ],
      },
    ]);
    expect(result?.unreadable).toEqual([]);
  });
});
