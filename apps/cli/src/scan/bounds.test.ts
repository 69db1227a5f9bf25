import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeMachO } from "../testing/made-apple.ts";
import { draw } from "../testing/made-keys.ts";
import { makeZip, type ZipMember } from "../testing/made-zip.ts";
import { type ScanLimits, scanLimits } from "./limits.ts";
import { type ScanResult, scanInput } from "./scan.ts";
import { toExitCode, toScanReport } from "./scan-report.ts";

const stripe = `sk_live_${draw("alnum", 24)}`;
const noise = Buffer.from(draw("alnum", 4000));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scan-bounds-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, data: Buffer | string): string {
  const file = join(folder, name);
  writeFileSync(file, data);
  return file;
}

async function scan(input: string, limits: Partial<ScanLimits> = {}): Promise<ScanResult & { exit: number }> {
  const result = await scanInput(input, { includeIgnored: false, nowMs: 0, limits: { ...scanLimits, ...limits } });
  if (result === null) throw new Error("the input cannot be read");
  return { ...result, exit: toExitCode(toScanReport(input, result, new Map()), "secret") };
}

const makePipe = (file: string): Buffer => execFileSync("sh", ["-c", 'exec mkfifo "$0"', file]);
const rules = ({ findings }: ScanResult): readonly string[] => findings.map(({ rule }) => rule);
const places = ({ findings }: ScanResult): readonly string[] =>
  findings.flatMap(({ where }) => where.map(({ file }) => file));

describe("the work that one file can ask for", () => {
  // Deflate makes a thousandth of it: what an archive holds says nothing of what it costs.
  const packed = deflateRawSync(Buffer.alloc(4_000_000, "key "));
  const bomb = (name: string): ZipMember => ({ name, data: Buffer.alloc(4_000_000, "key "), packed });

  it("is bounded by its size: the member that goes past it is named, nothing behind it is opened, and the exit is 2", async () => {
    const zip = makeZip(Array.from({ length: 40 }, (_, index) => bomb(`m${index}.js`)));
    const result = await scan(write("a.apk", zip), { grownBytes: 10_000_000, growth: 16 });
    expect(result.read.bytes).toBeLessThan(10_000_000 + zip.length * 17);
    expect(result.unreadable).toEqual([
      { file: expect.stringMatching(/^m[2-5]\.js$/), reason: "too_large", readAs: "nothing" },
    ]);
    expect(result.exit).toBe(2);
  });

  it("is the same in an archive in the archive, and in compressed files in it", async () => {
    const inner = makeZip([bomb("m0.js"), bomb("m1.js"), bomb("m2.js")]);
    const outer = makeZip([
      { name: "base.apk", data: inner, store: true },
      { name: "deep.js.gz", data: gzipSync(Buffer.alloc(30_000_000, "key ")), store: true },
    ]);
    for (const limits of [{ grownBytes: 2_000_000 }, { grownBytes: 20_000_000 }]) {
      const result = await scan(write("a.apks", outer), limits);
      expect(result.read.bytes).toBeLessThan(limits.grownBytes + outer.length * 17);
      expect([result.unreadable.at(-1)?.reason, result.exit]).toEqual(["too_large", 2]);
    }
  });

  it("is each file's own: one that asks for too much takes nothing from the next", async () => {
    write("a.apk", makeZip([bomb("m0.js"), bomb("m1.js")]));
    write("b.js", `"${stripe}"`);
    const result = await scan(folder, { grownBytes: 2_000_000, growth: 1 });
    expect(result.unreadable).toEqual([{ file: "a.apk!/m0.js", reason: "too_large", readAs: "nothing" }]);
    expect(places(result)).toEqual(["b.js"]);
  });

  it("leaves room for what apps are: sixteen times its size", async () => {
    const text = `${draw("alnum", 60_000)}${"a line of ordinary script, again;\n".repeat(20_000)}"${stripe}"`;
    const zip = makeZip([{ name: "main.js", data: text }]);
    expect(rules(await scan(write("a.apk", zip), { grownBytes: 0 }))).toEqual(["stripe-secret-key"]);
  });

  it("ends a member that claims little and gives much", async () => {
    const zip = makeZip([bomb("m.bin"), { name: "after.js", data: `"${stripe}"` }]);
    const result = await scan(write("a.zip", zip), { ratioBytes: 1_000_000 });
    expect(result.unreadable).toEqual([{ file: "m.bin", reason: "too_large", readAs: "nothing" }]);
    expect(rules(result)).toEqual(["stripe-secret-key"]);
  });
});

describe("what is compressed", () => {
  const script = Buffer.from(`const pay = "${stripe}";\n`);

  it.each([
    ["main.js.gz", gzipSync(script)],
    ["main.js.gz", Buffer.concat([gzipSync("first\n"), gzipSync(script)])],
    ["main.js.br", brotliCompressSync(script)],
    ["main.js.zst", zstdCompressSync(script)],
    ["any name", gzipSync(script)],
  ])("%s is read, in a folder and in an archive", async (name, data) => {
    write(name, data);
    const inner = `${name}!/${name.replace(/\.(gz|br|zst)$/, "")}`;
    expect(places(await scan(folder))).toEqual([inner]);
    expect(places(await scan(write("a.apk", makeZip([{ name: `assets/${name}`, data }]))))).toEqual([
      `assets/${inner}`,
    ]);
  });

  it("an archive in a compressed file is read, and nothing further down", async () => {
    const zip = makeZip([{ name: "k.js", data: script }]);
    expect(places(await scan(write("a.zip.gz", gzipSync(zip))))).toEqual(["a.zip.gz!/a.zip!/k.js"]);
    let deep: Buffer = script;
    for (let level = 0; level < 5; level += 1) deep = gzipSync(deep);
    const result = await scan(write("deep.gz", deep));
    expect([result.unreadable.at(-1)?.reason, result.exit]).toEqual(["too_deep", 2]);
  });

  it.each([
    ["torn.gz", gzipSync(noise).subarray(0, 2000)],
    ["followed.gz", Buffer.concat([gzipSync("x"), script])],
    ["none.br", noise.map((byte) => byte ^ 0x80)],
    ["torn.zst", zstdCompressSync(noise).subarray(0, 1000)],
  ])("%s, which cannot be read to its end, is said, and the exit is 2", async (name, data) => {
    const result = await scan(write(name, Buffer.from(data)));
    expect(result.unreadable).toMatchObject([{ reason: "damaged", readAs: "nothing" }]);
    expect(result.unreadable[0]?.file).toContain(name);
    expect(result.exit).toBe(2);
  });

  it.each([
    ["a.7z", "377abcaf271c0004"],
    ["a.xz", "fd377a585a000004"],
    ["a.bz2", "425a6839314159265359"],
    ["a.rar", "526172211a0701008f"],
    ["a.lz4", "04224d186440a7"],
    ["a.cab", "4d53434600000000"],
    ["a.pkg", "78617221001c0001"],
    ["a.lzma", "5d00008000ffffff"],
    ["no name", "377abcaf271c0004"],
  ])("%s, in a form that nothing here reads, is said, and the exit is 2", async (name, magic) => {
    const data = Buffer.concat([Buffer.from(magic, "hex"), Buffer.alloc(64), noise]);
    expect(await scan(write(name, data))).toMatchObject({
      unreadable: [{ file: name, reason: "packed", readAs: "nothing" }],
      exit: 2,
    });
    expect((await scan(write("a.apk", makeZip([{ name, data }])))).exit).toBe(2);
  });

  it("a text that begins with such a magic is read as one", async () => {
    expect(rules(await scan(write("a.js", `xar!; p = "${stripe}"`)))).toEqual(["stripe-secret-key"]);
    expect(rules(await scan(write("b.txt", `BZh91 "${stripe}"`)))).toEqual(["stripe-secret-key"]);
  });

  it("a program that the App Store has encrypted is said, and the exit is 2", async () => {
    expect(await scan(write("App", makeMachO(["GET"], false, 1)))).toMatchObject({
      unreadable: [{ file: "App", reason: "encrypted", readAs: "nothing" }],
      exit: 2,
    });
    expect((await scan(write("App", makeMachO(["GET"], false, 0)))).exit).toBe(0);
  });
});

describe("an archive behind other bytes", () => {
  const zip = makeZip([{ name: "k.js", data: `const k = 1;\n"${stripe}"` }]);
  const program = Buffer.concat([Buffer.from("7f454c46020101000000", "hex"), Buffer.alloc(5000, 1)]);

  it.each([
    ["a program", program],
    ["a shell script", Buffer.from('#!/bin/sh\nexec unzip "$0"\n')],
    ["a picture", Buffer.from("89504e470d0a1a0a0000000d", "hex")],
  ])("%s is read, and what stands before it too", async (_title, before) => {
    const other = `ghp_${draw("alnum", 36)}`;
    const data = Buffer.concat([before, Buffer.from(`\n${other}\n`), zip]);
    const result = await scan(write("setup.run", data));
    expect(result.unreadable).toEqual([]);
    expect(rules(result)).toContain("stripe-secret-key");
    if (!before.subarray(1, 4).equals(Buffer.from("PNG"))) expect(rules(result)).toContain("github-token");
  });

  it("whose offsets count them is read", async () => {
    const data = Buffer.concat([program, zip]);
    const end = data.length - 22;
    const directory = data.readUInt32LE(end + 16) + program.length;
    data.writeUInt32LE(directory, end + 16);
    data.writeUInt32LE(data.readUInt32LE(directory + 42) + program.length, directory + 42);
    expect(rules(await scan(write("setup.exe", data)))).toEqual(["stripe-secret-key"]);
  });

  it("is said where it is inside another one, or has a directory that makes no sense", async () => {
    const data = Buffer.concat([program, zip]);
    const inner = await scan(write("a.apk", makeZip([{ name: "setup.run", data }])));
    expect(inner.unreadable).toEqual([{ file: "setup.run", reason: "packed", readAs: "nothing" }]);
    expect(inner.exit).toBe(2);
    data[data.length - 22 - 60] = 0;
    data.fill(0, data.lastIndexOf("PK\u0001\u0002"), data.lastIndexOf("PK\u0001\u0002") + 4);
    expect((await scan(write("torn.run", data))).exit).toBe(2);
  });
});

describe("a folder that changes, or has more than files", () => {
  it("pipes, sockets and devices are not opened", async () => {
    makePipe(join(folder, "pipe.js"));
    write("a.js", `"${stripe}"`);
    expect(await scan(folder)).toMatchObject({ read: { files: 1, skipped: 1 }, unreadable: [] });
    expect(await scanInput(join(folder, "pipe.js"), { includeIgnored: false, nowMs: 0 })).toBeNull();
  });

  it.each([
    ["is gone", () => undefined],
    ["has become a pipe", makePipe],
    ["has become a link", (file: string) => symlinkSync("/etc/hostname", file)],
    ["has become a folder", (file: string) => mkdirSync(file)],
  ])("a file that %s since it was listed is said, not waited for, and the rest goes on", async (_title, change) => {
    write("a.js", "first");
    const file = write("b.js", "second");
    write("c.js", `"${stripe}"`);
    let files = 0;
    const result = await scanInput(folder, {
      includeIgnored: false,
      nowMs: 0,
      progress: () => {
        files += 1;
        if (files !== 1) return;
        rmSync(file);
        change(file);
      },
    });
    expect(result?.unreadable).toEqual([{ file: "b.js", reason: "gone", readAs: "nothing" }]);
    expect(result?.findings).toHaveLength(1);
  });

  it("links that lead round in circles are not followed", async () => {
    mkdirSync(join(folder, "a"));
    symlinkSync("..", join(folder, "a", "up"));
    symlinkSync("loop", join(folder, "loop"));
    expect(await scan(folder)).toMatchObject({ read: { files: 0, skipped: 2 }, unreadable: [], exit: 0 });
  });

  it("a folder with more entries than are read is said, and not held", async () => {
    for (let index = 0; index < 40; index += 1) write(`${index}.js`, "x");
    const result = await scan(folder, { folderEntries: 10 });
    expect(result.unreadable).toEqual([{ file: ".", reason: "too_large", readAs: "nothing" }]);
    expect([result.read.files, result.exit]).toEqual([10, 2]);
  });
});

describe("findings without number", () => {
  it("are told up to a bound, and the file that went past it is named", async () => {
    for (let file = 0; file < 12; file += 1) {
      const keys = Array.from({ length: 900 }, (_, index) => `"sk_live_${draw("alnum", 24, `${file}/${index}`)}"`);
      write(`f${file}.js`, keys.join("\n"));
    }
    const result = await scan(folder);
    expect(result.findings).toHaveLength(10_000);
    expect(result.unreadable).toEqual([
      { file: expect.stringMatching(/^f\d+\.js$/), reason: "too_large", readAs: "nothing" },
    ]);
  });
});
