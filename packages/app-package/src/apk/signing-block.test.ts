import { describe, expect, test } from "vitest";
import { readZipEnd } from "../zip/end-of-central-directory.ts";
import { createCountedSource, writeZip } from "../zip/zip-writer.suite.ts";
import { insertBlock, makeApk, pair } from "./apk-writer.suite.ts";
import { readSigningBlock, schemeBlock } from "./signing-block.ts";

const unsigned = writeZip([{ name: "a", content: "b" }]);

async function read(apk: Uint8Array) {
  const source = createCountedSource(apk);
  const end = await readZipEnd(source);
  if (!end.ok) throw new Error(end.problem.detail);
  return { block: await readSigningBlock(source, end.value), work: source.work };
}

async function textOf(apk: Uint8Array): Promise<string> {
  const { block } = await read(apk);
  if (!block.ok) return block.problem.code;
  const text = block.value?.blocks.get(schemeBlock.v2);
  return text === undefined ? (block.value === null ? "no block" : "no v2") : Buffer.from(text).toString();
}

describe("an APK Signing Block", () => {
  test("is found before the central directory, with the first block of each scheme", async () => {
    const pairs = [
      pair(0x1234, Buffer.from("x")),
      pair(schemeBlock.v2, Buffer.from("first")),
      pair(schemeBlock.v2, Buffer.from("second")),
    ];
    expect(await textOf(insertBlock(unsigned, Buffer.concat(pairs)))).toBe("first");
    expect(await textOf(unsigned)).toBe("no block");
    expect(await textOf(insertBlock(unsigned, Buffer.alloc(0)))).toBe("no v2");
  });

  test("of two sizes, another magic, or a size beyond the file is none to Android", async () => {
    const pairs = pair(schemeBlock.v2, Buffer.from("text"));
    expect(await textOf(insertBlock(unsigned, pairs, 99))).toBe("no block");
    expect(await textOf(insertBlock(unsigned, pairs, 3))).toBe("no block");
    expect(await textOf(insertBlock(unsigned, pairs, 0xffffffff))).toBe("no block");
    const other = insertBlock(unsigned, pairs);
    other.write("BLOCK", other.indexOf("Block 42"), "latin1");
    expect(await textOf(other)).toBe("no block");
  });

  test("is read up to the pair that is out of form: what stands behind it, Android does not find", async () => {
    const good = pair(schemeBlock.v2, Buffer.from("text"));
    const short = Buffer.from(pair(7, Buffer.alloc(0)));
    short.writeUInt32LE(3, 0);
    const long = Buffer.from(pair(7, Buffer.alloc(0)));
    long.writeUInt32LE(9999, 0);
    for (const bad of [short, long, Buffer.alloc(5)]) {
      expect(await textOf(insertBlock(unsigned, Buffer.concat([bad, good])))).toBe("no v2");
      expect(await textOf(insertBlock(unsigned, Buffer.concat([good, bad])))).toBe("text");
    }
  });

  test("larger than 16 MiB is refused and not passed over, and not read", async () => {
    const apk = insertBlock(unsigned, pair(7, Buffer.alloc(17 * 1024 * 1024)));
    const { block, work } = await read(apk);
    expect(block).toMatchObject({ ok: false, problem: { code: "apk_signing_block" } });
    expect(work.bytes).toBeLessThan(70_000);
  });

  test("of a million pairs is walked once", async () => {
    const pairs = Buffer.concat([
      ...Array.from({ length: 1_000_000 }, () => pair(7, Buffer.alloc(0))),
      pair(schemeBlock.v2, Buffer.from("last")),
    ]);
    expect(await textOf(insertBlock(unsigned, pairs))).toBe("last");
  });

  test("is none where bytes stand between the directory and the end", async () => {
    const apk = makeApk({ blocks: [[schemeBlock.v2, Buffer.from("text")]] });
    expect(await textOf(Buffer.concat([apk.subarray(0, -22), Buffer.alloc(1), apk.subarray(-22)]))).toBe("no block");
  });
});
