import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { streamContent } from "./entry-content.ts";
import { openZip, scanZip } from "./open-zip.ts";
import { createCountedSource, type MadeEntry, writeZip } from "./zip-writer.suite.ts";

const mebibyte = 1024 * 1024;

/** Bytes that do not deflate, the same at every run. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

async function streamed(entry: MadeEntry) {
  const scanned = await scanZip(createCountedSource(writeZip([entry])));
  const archive = scanned.ok ? scanned.value.archive : null;
  const [first] = archive?.entries ?? [];
  const pieces: Buffer[] = [];
  const result = first && (await archive?.stream(first, (piece) => pieces.push(Buffer.from(piece))));
  return { result, pieces, content: Buffer.concat(pieces) };
}

describe("an entry's content", () => {
  test.each([
    ["stored, of several pieces", { content: noise(3 * mebibyte + 5) }],
    ["deflated, of several pieces", { content: noise(3 * mebibyte + 5), deflate: true }],
    ["deflated to much less than it is", { content: Buffer.alloc(40 * mebibyte), deflate: true }],
    ["deflated and empty", { content: "", deflate: true }],
    ["stored and empty", { content: "" }],
  ])("%s comes in pieces of at most 1 MiB", async (_, entry) => {
    const { result, pieces, content } = await streamed({ name: "a", ...entry });
    expect(result).toEqual({ ok: true, value: null });
    expect(content.equals(Buffer.from(entry.content))).toBe(true);
    expect(Math.max(0, ...pieces.map(({ length }) => length))).toBeLessThanOrEqual(mebibyte);
  });

  const big = noise(2 * mebibyte);
  const lies = (uncompressedBytes: number) => ({ local: { uncompressedBytes }, central: { uncompressedBytes } });
  test.each<[string, Partial<MadeEntry>]>([
    ["of another CRC", { content: "abc", central: { crc32: 7 }, local: { crc32: 7 } }],
    ["longer than stated", { content: "abcdef", deflate: true, ...lies(5) }],
    ["shorter than stated", { content: "abcdef", deflate: true, ...lies(7) }],
    ["longer than stated, in pieces", { content: big, deflate: true, ...lies(big.length - 1) }],
    ["shorter than stated, in pieces", { content: big, deflate: true, ...lies(big.length + 1) }],
    ["no DEFLATE stream", { content: "abc", deflate: true, body: Buffer.from("?????") }],
    ["no DEFLATE stream, in pieces", { content: big, deflate: true, body: Buffer.alloc(2 * mebibyte, 0xff) }],
    ["cut off", { content: text(), deflate: true, body: deflateRawSync(text()).subarray(0, 20) }],
    [
      "followed by bytes within the entry",
      { content: text(), deflate: true, body: Buffer.concat([deflateRawSync(text()), Buffer.alloc(3)]) },
    ],
    [
      "followed by bytes within the entry, in pieces",
      { content: big, deflate: true, body: Buffer.concat([deflateRawSync(big), Buffer.alloc(3)]) },
    ],
    ["cut off, in pieces", { content: big, deflate: true, body: deflateRawSync(big).subarray(0, mebibyte + 9) }],
  ])("that is %s is damaged", async (_, entry) => {
    const { result } = await streamed({ name: "a", ...entry });
    expect(result).toMatchObject({ ok: false, problem: { code: "zip_entry_damaged" } });
  });

  test("that grows beyond what it states is given up at the stated length", async () => {
    const bomb = Buffer.alloc(200 * mebibyte);
    const { result, content } = await streamed({ name: "a", content: bomb, deflate: true, ...lies(3 * mebibyte) });
    expect(result?.ok).toBe(false);
    expect(content.length).toBeLessThanOrEqual(3 * mebibyte);
  });

  test("is given up where who takes it, or the source, fails: that is what is thrown, and nothing else happens", async () => {
    for (const content of [noise(3 * mebibyte), noise(1000)]) {
      const source = createCountedSource(writeZip([{ name: "a", content, deflate: true }]));
      const opened = await openZip(source);
      const entry = opened.ok ? opened.value.find("a") : undefined;
      if (!opened.ok || entry === undefined) throw new Error("not opened");
      const fail = () => {
        throw new RangeError("enough");
      };
      await expect(opened.value.stream(entry, fail)).rejects.toThrow("enough");
      const broken = { size: source.size, read: () => Promise.reject(new Error("the disk is gone")) };
      await expect(streamContent(broken, entry, 31, () => undefined)).rejects.toThrow("the disk is gone");
    }
  });

  test("larger than what its reader takes is refused without being read, and read whole where it is not", async () => {
    const source = createCountedSource(writeZip([{ name: "a", content: "12345" }]));
    const opened = await openZip(source);
    const entry = opened.ok ? opened.value.find("a") : undefined;
    const before = source.work.bytes;
    const refused = opened.ok && entry ? await opened.value.read(entry, 4) : null;
    expect(refused).toMatchObject({ ok: false, problem: { code: "zip_entry_too_large" } });
    expect(source.work.bytes).toBe(before);
    const read = opened.ok && entry ? await opened.value.read(entry, 5) : null;
    expect(read?.ok && Buffer.from(read.value).toString()).toBe("12345");
  });

  test("of several pieces is read whole, from a source that does not keep what it gave", async () => {
    const content = noise(3 * mebibyte + 5);
    for (const deflate of [false, true]) {
      const opened = await openZip(createCountedSource(writeZip([{ name: "a", content, deflate }])));
      const entry = opened.ok ? opened.value.find("a") : undefined;
      const read = opened.ok && entry ? await opened.value.read(entry, 4 * mebibyte) : null;
      expect(read?.ok && content.equals(read.value)).toBe(true);
    }
  });
});

function text(): Buffer {
  return Buffer.from("one two three four five six seven eight nine ten ".repeat(20));
}
