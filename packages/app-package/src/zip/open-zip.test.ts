import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openZip, scanZip } from "./open-zip.ts";
import { createCountedSource, type MadeEntry, type MadeZip, writeZip } from "./zip-writer.suite.ts";

const text = "a text that deflates, deflates, deflates";
const good: readonly MadeEntry[] = [
  { name: "AndroidManifest.xml", content: text, deflate: true },
  { name: "res/a.png", content: "stored" },
  { name: "assets/ü", content: text, deflate: true, descriptor: "signed" },
  { name: "assets/plain", content: text, deflate: true, descriptor: "plain" },
  { name: "lib/", content: "" },
];

async function refusalOf(entries: readonly MadeEntry[], zip: MadeZip = {}): Promise<string> {
  const opened = await openZip(createCountedSource(writeZip(entries, zip)));
  return opened.ok ? "opened" : opened.problem.code;
}

const one = (entry: Partial<MadeEntry>): readonly MadeEntry[] => [{ name: "a", content: text, ...entry }];

describe("an archive", () => {
  test("of stored and deflated entries is opened: each is found by its name, with its content", async () => {
    const opened = await openZip(createCountedSource(writeZip(good)));
    const zip = opened.ok ? opened.value : null;
    expect(zip?.entries.map(({ name }) => name)).toEqual(good.map(({ name }) => name));
    for (const { name, content } of good) {
      const entry = zip?.find(String(name));
      const read = entry && (await zip?.read(entry, 1000));
      expect(read?.ok && Buffer.from(read.value).toString()).toBe(content);
    }
    expect(zip?.find("res")).toBeUndefined();
  });

  test("with holes, extra fields, a comment and a block before the directory is opened as it is", async () => {
    const entries = [
      { name: "a", content: text, extraBytes: 7 },
      { name: "b", content: text, gapBytes: 5000, deflate: true },
    ];
    const zip = { beforeDirectory: Buffer.alloc(4096), comment: Buffer.alloc(0xffff, "c") };
    expect(await refusalOf(entries, zip)).toBe("opened");
    expect(await refusalOf([])).toBe("opened");
  });

  test.each<[string, string, readonly MadeEntry[], MadeZip?]>([
    ["begins with other bytes", "zip_prefixed", one({}), { prefix: Buffer.from("dex\n035\0") }],
    ["has a name twice", "zip_name_duplicate", [...one({}), ...one({ deflate: true })]],
    ["has an absolute name", "zip_name", one({ name: "/etc/passwd" })],
    ["has a name that climbs", "zip_name", one({ name: "a/../../b" })],
    ["has a name of a dot", "zip_name", one({ name: "a/./b" })],
    ["has a name with a backslash", "zip_name", one({ name: "a\\b" })],
    ["has a name with a NUL", "zip_name", one({ name: "a\0b" })],
    ["has a name that is not UTF-8", "zip_name", one({ name: Buffer.of(0x61, 0xff) })],
    ["has an empty name", "zip_name", one({ name: "" })],
    ["has another name in a local header", "zip_local_header", one({ local: { name: Buffer.from("b") } })],
    ["has another method in a local header", "zip_local_header", one({ local: { method: 8 } })],
    ["has another length in a local header", "zip_local_header", one({ local: { uncompressedBytes: 1 } })],
    ["has another stored length in a local header", "zip_local_header", one({ local: { compressedBytes: 1 } })],
    ["has another CRC in a local header", "zip_local_header", one({ local: { crc32: 1 } })],
    ["has an encrypted local header", "zip_local_header", one({ local: { flags: 1 } })],
    ["announces a data descriptor on one side alone", "zip_local_header", one({ local: { flags: 8 } })],
    ["has a wrong data descriptor", "zip_local_header", one({ descriptor: "wrong" })],
    [
      "has no local header where one should be",
      "zip_local_header",
      [...one({}), { name: "b", central: { localHeaderOffset: 3 } }],
    ],
    [
      "has an entry inside another",
      "zip_overlap",
      [
        { name: "a", content: writeZip(one({ name: "b" })) },
        { name: "b", content: text, central: { localHeaderOffset: 31 } },
      ],
    ],
    [
      "has an entry that reaches into the next",
      "zip_overlap",
      [
        {
          name: "a",
          content: text,
          central: { compressedBytes: 60, uncompressedBytes: 60 },
          local: { compressedBytes: 60, uncompressedBytes: 60 },
        },
        { name: "b", content: text },
      ],
    ],
    [
      "has an entry that reaches into the directory",
      "zip_overlap",
      one({
        central: { compressedBytes: 9999, uncompressedBytes: 9999 },
        local: { compressedBytes: 9999, uncompressedBytes: 9999 },
      }),
    ],
    ["has a compression that nobody knows", "zip_method", one({ central: { method: 21 }, local: { method: 21 } })],
    [
      "has a stored entry of two lengths",
      "zip_method",
      one({ central: { uncompressedBytes: 1 }, local: { uncompressedBytes: 1 } }),
    ],
    ["has an encrypted entry", "zip_encrypted", one({ central: { flags: 1 }, local: { flags: 1 } })],
    ["has a masked directory", "zip_encrypted", one({ central: { flags: 0x2000 }, local: { flags: 0x2000 } })],
    ["refers to ZIP64 in an entry", "zip_zip64", one({ central: { compressedBytes: 0xffffffff } })],
    ["refers to ZIP64 in its end", "zip_zip64", one({}), { entryCount: 0xffff }],
    [
      "has a ZIP64 locator",
      "zip_zip64",
      one({}),
      { afterDirectory: Buffer.from("PK\x06\x07".padEnd(20, "\0"), "latin1") },
    ],
    ["has bytes after the last record", "zip_directory_inexact", one({}), { directoryTail: Buffer.alloc(1) }],
    ["has bytes between directory and end", "zip_directory_inexact", one({}), { afterDirectory: Buffer.alloc(1) }],
    ["announces fewer entries than it has", "zip_directory_inexact", good, { entryCount: 4 }],
    ["announces more entries than it has", "zip_malformed", good, { entryCount: 6 }],
    ["is one of several disks", "zip_malformed", one({}), { disk: 1 }],
    ["has its directory beyond its end", "zip_malformed", one({}), { directoryOffset: 5000 }],
    ["has a directory that is cut off", "zip_malformed", one({}), { directoryBytes: 40 }],
    [
      "could end at two places",
      "zip_end_ambiguous",
      one({}),
      { comment: Buffer.concat([Buffer.from("PK\x05\x06", "latin1"), Buffer.alloc(18)]) },
    ],
    [
      "holds an end record in its comment",
      "zip_end_ambiguous",
      one({}),
      { comment: Buffer.concat([Buffer.from("PK\x05\x06", "latin1"), Buffer.alloc(30)]) },
    ],
    [
      "states more than DEFLATE can unfold",
      "zip_bomb",
      one({ deflate: true, central: { uncompressedBytes: 2_000_000 }, local: { uncompressedBytes: 2_000_000 } }),
    ],
  ])("is refused that %s", async (_, code, entries, zip) => {
    expect(await refusalOf(entries, zip)).toBe(code);
  });

  test("that would unfold to more than 256 MiB and 64 times its bytes is refused before anything is unfolded", async () => {
    const million = 1_000_000;
    const body = deflateRawSync(Buffer.alloc(million));
    const entries = Array.from({ length: 300 }, (_, index) => ({
      name: `n${index}`,
      body,
      deflate: true,
      central: { uncompressedBytes: million, crc32: 0 },
      local: { uncompressedBytes: million, crc32: 0 },
    }));
    expect(await refusalOf(entries)).toBe("zip_bomb");
    expect(await refusalOf(entries.slice(0, 200))).toBe("opened");
  });

  test("whose entries share one large content, each ending early, is refused: together they would be read more than once", async () => {
    const shared = {
      name: "a",
      content: text,
      deflate: true,
      body: Buffer.concat([deflateRawSync(text), Buffer.alloc(5000)]),
    };
    const again = Array.from({ length: 20 }, (_, index) => ({
      ...shared,
      name: `b${index}`,
      body: Buffer.alloc(0),
      central: { name: Buffer.from(`b${index}`), compressedBytes: shared.body.length, localHeaderOffset: 0 },
    }));
    const scanned = await scanZip(createCountedSource(writeZip([shared, ...again])));
    expect(scanned.ok && scanned.value.findings.map(({ code }) => code)).toContain("zip_bomb");
  });

  test.each<[string, Partial<MadeEntry>]>([
    ["length", { local: { uncompressedBytes: 1 } }],
    ["stored length", { local: { compressedBytes: 1 } }],
    ["CRC", { local: { crc32: 1 } }],
    ["name", { local: { name: Buffer.from("b") } }],
    ["data descriptor", { local: { flags: 8 } }],
  ])(
    "in which a local header's %s contradicts the directory has no content there, whoever reads it",
    async (_, entry) => {
      const scanned = await scanZip(createCountedSource(writeZip(one(entry))));
      const [first] = scanned.ok ? scanned.value.archive.entries : [];
      const read = scanned.ok && first ? await scanned.value.archive.read(first, 1000) : null;
      expect(read).toMatchObject({ ok: false, problem: { code: "zip_entry_damaged" } });
    },
  );

  test("that announces a directory of 64 MiB and more is refused before the directory is read", async () => {
    const bytes = writeZip([], {
      beforeDirectory: Buffer.alloc(65 * 1024 * 1024),
      directoryOffset: 0,
      directoryBytes: 65 * 1024 * 1024,
    });
    const source = createCountedSource(bytes);
    const opened = await openZip(source);
    expect(!opened.ok && opened.problem.code).toBe("zip_directory_too_large");
    expect(source.work.bytes).toBeLessThan(70_000);
  });

  test("that goes on after its end record is refused", async () => {
    const opened = await openZip(createCountedSource(Buffer.concat([writeZip(good), Buffer.from("more")])));
    expect(!opened.ok && opened.problem.code).toBe("zip_end_ambiguous");
  });

  test("without an end record is refused after one look at its last 64 KiB", async () => {
    for (const bytes of [Buffer.alloc(10_000_000, "PK\x05\x06"), Buffer.alloc(10_000_000), Buffer.alloc(21)]) {
      const source = createCountedSource(bytes);
      expect((await openZip(source)).ok).toBe(false);
      expect(source.work.reads).toBeLessThanOrEqual(1);
      expect(source.work.bytes).toBeLessThan(70_000);
    }
  });

  test("of 65 534 entries is read in one pass: each byte of it once, and the gaps between windows never", async () => {
    const entries = Array.from({ length: 65_534 }, (_, index) => ({ name: `f${index}` }));
    const bytes = writeZip(entries);
    const source = createCountedSource(bytes);
    const opened = await openZip(source);
    expect(opened.ok && opened.value.entries.length).toBe(65_534);
    expect(source.work.bytes).toBeLessThan(bytes.length + 200_000);
    expect(source.work.reads).toBeLessThan(bytes.length / 8192);
  });

  test("whose findings are many says each kind once, whatever the number of entries", async () => {
    const entries = Array.from({ length: 2000 }, () => ({ name: "/a", local: { flags: 1 } }));
    const scanned = await scanZip(createCountedSource(writeZip(entries)));
    expect(scanned.ok && scanned.value.findings.map(({ code }) => code)).toEqual([
      "zip_name",
      "zip_name_duplicate",
      "zip_local_header",
    ]);
  });
});
