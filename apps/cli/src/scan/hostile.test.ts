import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { makeAndroidXml, makeResources } from "../testing/made-android.ts";
import { makeBinaryPlist, makeMachO } from "../testing/made-apple.ts";
import { makeDex } from "../testing/made-dex.ts";
import { makeHermes } from "../testing/made-hermes.ts";
import { draw, drawPrivateKey, drawToken } from "../testing/made-keys.ts";
import type { Piece } from "./finding.ts";
import { readPieces } from "./readers/read-pieces.ts";
import { type Format, sniffFormat } from "./readers/sniff.ts";
import { lookAtNamed, lookAtPassage } from "./rules/look.ts";

const context = { nowMs: 0, isRelease: true };
const stripe = `sk_live_${draw("alnum", 24)}`;

const containers: readonly (readonly [Format, Buffer])[] = [
  ["dex", makeDex({ API_KEY: draw("hex", 32), OTHER: "second value" }, ["a", stripe, "ünï"])],
  ["hermes", makeHermes(["print", stripe, "ünï", "z".repeat(300)])],
  ["android-xml", makeAndroidXml("a.API_KEY", stripe)],
  ["android-resources", makeResources({ app_name: "x", api_key: stripe })],
  ["binary-plist", makeBinaryPlist({ APIKey: stripe, Name: "ünï" })],
  ["mach-o", makeMachO(["api_key", stripe], true)],
];

/** Looks at everything a file gives, and counts the characters that were given. */
function lookAtAll(bytes: Buffer, format: Format): number {
  let given = 0;
  const measure = (piece: Piece): void => {
    given += piece.type === "passage" ? piece.passage.text.length : piece.named.name.length + piece.named.value.length;
    const { sightings } =
      piece.type === "passage" ? lookAtPassage(piece.passage, context) : lookAtNamed(piece.named, context);
    for (const { at } of sightings) expect(at.offset ?? at.line).toBeGreaterThanOrEqual(0);
  };
  for (const piece of readPieces(bytes, format, () => undefined)) measure(piece);
  return given;
}

describe("hostile files", () => {
  it.each(containers)("%s: any bytes behind its magic give a bounded text, and nothing is thrown", (format, whole) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4096 }), (rest) => {
        const bytes = Buffer.concat([whole.subarray(0, 12), rest]);
        expect(lookAtAll(bytes, format)).toBeLessThan(bytes.length * 16 + 65_536);
      }),
      { numRuns: 200 },
    );
  });

  it.each(containers)("%s: flip any byte, or end anywhere, and nothing is thrown", (format, whole) => {
    for (let at = 0; at < whole.length; at += 1) {
      for (const value of [0, 0x7f, 0xff, (whole[at] ?? 0) ^ 1]) {
        const bytes = Buffer.from(whole);
        bytes[at] = value;
        expect(lookAtAll(bytes, format)).toBeLessThan(bytes.length * 16 + 65_536);
      }
      lookAtAll(whole.subarray(0, at), format);
    }
  });

  it.each(containers)("%s: any count in its header may be any number", (format, whole) => {
    const words = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, whole.length, whole.length - 1];
    for (let at = 0; at + 4 <= Math.min(whole.length, 160); at += 1) {
      for (const word of words) {
        const bytes = Buffer.from(whole);
        bytes.writeUInt32LE(word >>> 0, at);
        expect(lookAtAll(bytes, format)).toBeLessThan(bytes.length * 16 + 65_536);
      }
    }
  });

  it("any bytes are some format, and are looked at", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8192 }), (array) => {
        const bytes = Buffer.from(array);
        lookAtAll(bytes, sniffFormat(bytes, "x"));
      }),
      { numRuns: 300 },
    );
  });

  it("any text is looked at", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 5000 }), (text) => {
        lookAtAll(Buffer.from(text), "text");
      }),
    );
  });
});

describe("tables made to be slow", () => {
  it("bytecode: thousands of empty runs of kinds cost each string nothing", () => {
    const [kinds, strings] = [4096, 400_000];
    const bytes = Buffer.alloc(128 + (kinds + strings) * 4);
    bytes.write("c61fbc03c103191f", "hex");
    bytes.writeUInt32LE(kinds, 44);
    bytes.writeUInt32LE(strings, 52);
    expect(lookAtAll(bytes, "hermes")).toBe(0);
  });

  it("dex: a long string that many fields name is not read for each", () => {
    const fields = 200_000;
    const long = Buffer.concat([Buffer.from([1]), Buffer.alloc(1_000_000, "z "), Buffer.alloc(1)]);
    const data = Buffer.concat([Buffer.from([0xc0, 0x9a, 0x0c, 0, 0, 0]), Buffer.alloc(fields * 2)]);
    const values = Buffer.concat([Buffer.from([0xc0, 0x9a, 0x0c]), Buffer.alloc(fields * 2, "\x17\x00", "latin1")]);
    const head = Buffer.alloc(0x70 + 4 + 8 + 32);
    const [id, field, item] = [0x70, 0x74, 0x7c];
    head.write("dex\n035\0", "latin1");
    for (const [at, word] of [
      [0x38, 1],
      [0x3c, id],
      [0x50, 1],
      [0x54, field],
      [0x60, 1],
      [0x64, item],
      [id, head.length],
      [item + 24, head.length + long.length],
      [item + 28, head.length + long.length + data.length],
    ] as const)
      head.writeUInt32LE(at === 0x50 ? 1 : word, at);
    expect(lookAtAll(Buffer.concat([head, long, data, values]), "dex")).toBeLessThan(10_000_000);
  });

  it("compiled XML: elements that share their attributes are told once", () => {
    const whole = makeAndroidXml("a.API_KEY", stripe);
    const element = Buffer.alloc(8 * 20_000);
    for (let at = 0; at < element.length; at += 8) {
      element.writeUInt16LE(0x0102, at);
      element.writeUInt32LE(8, at + 4);
      // The size of an attribute and their count are read 26 and 28 bytes on: another element's type and header.
      element.writeUInt16LE(0xffff, at + 2);
    }
    let damaged = 0;
    const pieces = readPieces(Buffer.concat([whole, element]), "android-xml", () => {
      damaged += 1;
    });
    for (const piece of pieces) expect(piece.type).toMatch(/passage|named/);
    expect(damaged).toBeLessThanOrEqual(1);
  });

  it("Android resources: entries that share a name and a text cost no more than the file is large", () => {
    const whole = makeResources({ api_key: `${stripe}${" x".repeat(1500)}` });
    const type = whole.lastIndexOf(Buffer.from([0x01, 0x02]));
    expect(whole.readUInt16LE(type)).toBe(0x0201);
    const entries = type + whole.readUInt32LE(type + 16);
    const offsets = type + whole.readUInt16LE(type + 2);
    const count = 20_000;
    // The same entry under many indices: the offsets are put in, and what stands behind them moves.
    const more = Buffer.alloc(count * 4);
    const bytes = Buffer.concat([whole.subarray(0, offsets), more, whole.subarray(entries)]);
    bytes.writeUInt32LE(count, type + 12);
    bytes.writeUInt32LE(offsets - type + more.length, type + 16);
    for (const chunk of [0, whole.indexOf(Buffer.from([0x00, 0x02, 0x20, 0x01])), type])
      bytes.writeUInt32LE(whole.readUInt32LE(chunk + 4) - (entries - offsets) + more.length, chunk + 4);
    expect(lookAtAll(bytes, "android-resources")).toBeLessThan(bytes.length * 12 + 65_536);
  });

  it("Mach-O: sections that share their bytes cost no more than the file is large", () => {
    const filler = "z".repeat(4000);
    const whole = makeMachO([filler, stripe]);
    const sections = 1000;
    const command = 32;
    const one = whole.subarray(command + 72, command + 72 + 80);
    const bytes = Buffer.concat([
      whole.subarray(0, command + 72),
      ...Array.from({ length: sections }, () => one),
      Buffer.alloc(64_000, "q"),
    ]);
    bytes.writeUInt32LE(72 + sections * 80, command + 4);
    bytes.writeUInt32LE(sections, command + 64);
    for (let index = 0; index < sections; index += 1) {
      bytes.writeUInt32LE(bytes.length - 64_000, command + 72 + index * 80 + 48);
      bytes.writeUInt32LE(64_000, command + 72 + index * 80 + 40);
    }
    expect(lookAtAll(bytes, "mach-o")).toBeLessThan(bytes.length * 6);
  });
});

describe("texts made to be slow", () => {
  const seeds: readonly string[] = [
    "key",
    "api_key=",
    'apiKey: "',
    "a.b.c-key",
    "eyJ",
    `${"eyJ".padEnd(60, "a")}.`,
    "-----BEGIN PRIVATE KEY-----",
    "https://a:b",
    "?api_key=",
    "https://",
    "aws",
    "algolia",
    "cs-a-",
    "csd1~a~",
    "AccountKey=",
    "sig=",
    '\\"',
    "ALGOLIAadmin ",
    "<key>secret</key>",
    'token" value="',
    "password ".padEnd(80, " "),
    stripe,
    drawToken({ a: 1 }),
    drawPrivateKey(),
    draw("hex", 64),
    "password||",
    "apiKey:f,",
    'f="abcdefghij";key:f;',
    '="aaaaaaaa"',
    `-----BEGIN PRIVATE KEY-----${"a-".repeat(8000)}`,
    '"+"',
    '"a" +\n',
    "\\\n",
  ];

  it("as many positions are told as there are keys, over as many lines, without counting the lines each time", () => {
    const [lines, keys] = [2000, 300];
    const text = `${"\n".repeat(lines)}${Array.from({ length: keys }, (_, index) => `ghp_${draw("alnum", 36, String(index))} `).join("")}`;
    const indexOf = vi.spyOn(String.prototype, "indexOf");
    let counted: number;
    try {
      for (const piece of readPieces(Buffer.from(text), "text", () => undefined)) {
        if (piece.type === "passage") expect(lookAtPassage(piece.passage, context).sightings).toHaveLength(keys);
      }
      counted = indexOf.mock.calls.length;
    } finally {
      indexOf.mockRestore();
    }
    expect(counted).toBeLessThan(lines * 4);
  });

  it.each(seeds)("%j, again and again, is looked at in time", (seed) => {
    const text = seed.repeat(Math.ceil(1_000_000 / seed.length)).slice(0, 1_000_000);
    const at = { line: null, column: null, offset: 0 } as const;
    const looked = lookAtPassage({ text, form: "written", positionOf: () => at }, context);
    expect(looked.sightings.length).toBeLessThanOrEqual(1000);
  });
});
