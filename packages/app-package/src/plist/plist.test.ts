import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseBuffer } from "bplist-parser";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requireAll, vectorsFolder } from "../../../../testing/vectors.ts";
import { parseBinaryPlist } from "./binary-plist.ts";
import { parsePlist } from "./parse-plist.ts";
import { isDictionary, type PlistValue, plistLimits, textAt, textsAt, toJson } from "./plist-value.ts";
import { writeBinaryPlist } from "./write-plist.suite.ts";

const xml = (body: string): Uint8Array =>
  Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">${body}</plist>\n`);
const python = "/usr/bin/python3";

function hasPython(): boolean {
  try {
    execFileSync(python, ["-c", "import plistlib"]);
    return true;
  } catch {
    return false;
  }
}

const everything = `<dict>
  <!-- all ten -->
  <key>text</key><string>a &amp; b &lt;c&gt; &quot;&apos; &#233;&#x1F600;</string>
  <key>empty</key><string/>
  <key>whole</key><integer>-42</integer>
  <key>big</key><integer>18446744073709551615</integer>
  <key>real</key><real>1.5e3</real>
  <key>yes</key><true/><key>no</key><false></false>
  <key>date</key><date>2026-11-22T12:00:00Z</date>
  <key>data</key><data>
    AAEC
    /w==
  </data>
  <key>list</key><array><string>x</string><array/><dict/></array>
</dict>`;

const read = new Map<string, PlistValue>([
  ["text", `a & b <c> "' é😀`],
  ["empty", ""],
  ["whole", -42],
  ["big", 18446744073709551615n],
  ["real", 1500],
  ["yes", true],
  ["no", false],
  ["date", new Date("2026-11-22T12:00:00Z")],
  ["data", new Uint8Array([0, 1, 2, 255])],
  ["list", ["x", [], new Map()]],
]);

describe("an XML property list", () => {
  it("is read with every kind of value", () => {
    expect(parsePlist(xml(everything))).toEqual(read);
  });

  it("is read without its declarations, and as one value of any kind", () => {
    expect(parsePlist(Buffer.from("<plist><string>x</string></plist>"))).toBe("x");
    expect(parsePlist(Buffer.from('\ufeff<plist version="1.0"><array/></plist>'))).toEqual([]);
  });

  it.each([
    ["nothing", ""],
    ["text", "<plist>x</plist>"],
    ["two values", "<plist><true/><true/></plist>"],
    ["something after it", "<plist><true/></plist>x"],
    ["an element that is none of the ten", "<plist><number>1</number></plist>"],
    ["an element in capitals", "<plist><True/></plist>"],
    ["an attribute", '<plist><string xml:space="preserve">x</string></plist>'],
    ["an element that is not closed", "<plist><array><true/></plist>"],
    ["a key that stands twice", "<plist><dict><key>a</key><true/><key>a</key><false/></dict></plist>"],
    ["a key without a value", "<plist><dict><key>a</key></dict></plist>"],
    ["a value without a key", "<plist><dict><true/></dict></plist>"],
    ["CDATA", "<plist><string><![CDATA[x]]></string></plist>"],
    ["a processing instruction inside", "<plist><?x y?><true/></plist>"],
    ["an internal DTD", '<!DOCTYPE plist [<!ENTITY a "b">]><plist><string>&a;</string></plist>'],
    ["an entity that XML does not name", "<plist><string>&nbsp;</string></plist>"],
    ["an entity of the object's own", "<plist><string>&toString;</string></plist>"],
    ["a numeric entity that is no character", "<plist><string>&#xd800;</string></plist>"],
    ["an ampersand by itself", "<plist><string>a & b</string></plist>"],
    ["base64 with a stray character", "<plist><data>AA*=</data></plist>"],
    ["a whole number that is none", "<plist><integer>1.5</integer></plist>"],
    ["a number that is none", "<plist><real>0x10</real></plist>"],
    ["a date that is none", "<plist><date>2026-13-01T00:00:00Z</date></plist>"],
    ["a comment without an end", "<plist><!-- <true/></plist>"],
  ])("is refused with %s", (_, text) => {
    expect(parsePlist(Buffer.from(text))).toBeNull();
  });

  it("is refused where it says that it is in another encoding: Core Foundation would read other texts", () => {
    const list = (encoding: string) =>
      parsePlist(Buffer.from(`<?xml version="1.0" encoding="${encoding}"?><plist><true/></plist>`));
    expect([list("UTF-8"), list("utf-8"), list("ISO-8859-1"), list("UTF-16")]).toEqual([true, true, null, null]);
  });

  it("is refused where it is not UTF-8", () => {
    expect(
      parsePlist(Buffer.concat([Buffer.from("<plist><string>"), Buffer.of(0xff), Buffer.from("</string></plist>")])),
    ).toBeNull();
  });

  it("is read to a depth, and not beyond", () => {
    const nested = (depth: number): Uint8Array =>
      Buffer.from(`<plist>${"<array>".repeat(depth)}${"</array>".repeat(depth)}</plist>`);
    expect(parsePlist(nested(plistLimits.depth + 1))).not.toBeNull();
    expect(parsePlist(nested(plistLimits.depth + 2))).toBeNull();
    expect(parsePlist(nested(100_000))).toBeNull();
  });
});

describe("a binary property list", () => {
  it("is read with every kind of value, as written by a writer of its own", () => {
    expect(parsePlist(writeBinaryPlist(read))).toEqual(read);
  });

  it("is what bplist-parser reads, whatever it holds", () => {
    const value = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: "grapheme" }),
        fc.boolean(),
        fc.integer(),
        fc.array(tie("any"), { maxLength: 20 }),
        fc.dictionary(fc.string(), tie("any"), { maxKeys: 20 }).map((object) => new Map(Object.entries(object))),
      ),
    })).any;
    fc.assert(
      fc.property(value, (made) => {
        const bytes = writeBinaryPlist(made as PlistValue);
        const ours = parseBinaryPlist(bytes);
        expect(ours).toEqual(made);
        const theirs: unknown = parseBuffer(Buffer.from(bytes))[0];
        expect(JSON.parse(JSON.stringify(ours === null ? null : toJson(ours)))).toEqual(
          JSON.parse(JSON.stringify(theirs)),
        );
      }),
      { numRuns: 200 },
    );
  });

  /** `count` objects, each an array that names the next one twice; the last is `true`. */
  function doubling(count: number): Uint8Array {
    const objects = Array.from({ length: count }, (_, index) => Buffer.of(0xa2, index + 1, index + 1));
    const all = [...objects, Buffer.of(0x09)];
    const offsets: number[] = [];
    let at = 8;
    for (const object of all) {
      offsets.push(at);
      at += object.length;
    }
    const table = Buffer.alloc(2 * all.length);
    for (const [index, offset] of offsets.entries()) table.writeUInt16BE(offset, 2 * index);
    const trailer = Buffer.alloc(32);
    trailer.writeUInt8(2, 6);
    trailer.writeUInt8(1, 7);
    trailer.writeBigUInt64BE(BigInt(all.length), 8);
    trailer.writeBigUInt64BE(BigInt(at), 24);
    return Buffer.concat([Buffer.from("bplist00"), ...all, table, trailer]);
  }

  it("is refused where a few objects name one another without end", () => {
    expect(parsePlist(doubling(10))).not.toBeNull();
    expect(parsePlist(doubling(50))).toBeNull();
    const cycle = Buffer.from(doubling(1));
    cycle[9] = 0;
    expect(parsePlist(cycle)).toBeNull();
  });

  /** These objects in this order, the first of them the list; offsets of four bytes, references of two. */
  function written(objects: readonly Uint8Array[], places?: readonly number[]): Uint8Array {
    const starts = objects.map((_, index) => 8 + objects.slice(0, index).reduce((sum, { length }) => sum + length, 0));
    const body = Buffer.concat([Buffer.from("bplist00"), ...objects]);
    const offsets = places ?? starts;
    const table = Buffer.alloc(4 * offsets.length);
    for (const [index, offset] of offsets.entries()) table.writeUInt32BE(offset, 4 * index);
    const trailer = Buffer.alloc(32);
    trailer.writeUInt8(4, 6);
    trailer.writeUInt8(2, 7);
    trailer.writeBigUInt64BE(BigInt(offsets.length), 8);
    trailer.writeBigUInt64BE(BigInt(body.length), 24);
    return Buffer.concat([body, table, trailer]);
  }

  /** An object of a kind whose count takes four bytes. */
  const counted = (kind: number, count: number, contents: Uint8Array): Uint8Array => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(count);
    return Buffer.concat([Buffer.of(kind | 0x0f, 0x12), length, contents]);
  };
  const arrayOf = (count: number, reference: number): Uint8Array =>
    counted(0xa0, count, Buffer.alloc(2 * count, Buffer.of(reference >> 8, reference & 0xff)));

  it("is read up to a number of values, and not beyond", () => {
    const list = (count: number) => parsePlist(written([arrayOf(count, 1), Buffer.of(0x09)]));
    expect(list(plistLimits.values - 1)).toHaveLength(plistLimits.values - 1);
    expect(list(plistLimits.values)).toBeNull();
  });

  it("is refused at once where a long list holds itself", () => {
    expect(parsePlist(written([arrayOf(900_000, 0)]))).toBeNull();
  });

  it("holds a text once, however often it is named, and refuses texts that share their bytes", () => {
    const text = counted(0x50, 50_000, Buffer.alloc(50_000, "a"));
    expect(parsePlist(written([arrayOf(900_000, 1), text]))).toHaveLength(900_000);
    const many = Buffer.concat(Array.from({ length: 50 }, (_, index) => Buffer.of(0, index + 1)));
    const start = 8 + counted(0xa0, 50, many).length;
    // Each begins inside the one before: as a text of 15 characters that goes on as the next.
    const nested = Array.from({ length: 50 }, () => counted(0x50, 40_000, Buffer.alloc(0)));
    const bytes = [counted(0xa0, 50, many), ...nested, Buffer.alloc(40_000, "a")];
    expect(parsePlist(written(bytes, [8, ...nested.map((_, index) => start + 6 * index)]))).toBeNull();
  });

  it("is refused with a date that is none", () => {
    const date = (seconds: number) => {
      const bytes = Buffer.alloc(9, 0x33);
      bytes.writeDoubleBE(seconds, 1);
      return parsePlist(written([bytes]));
    };
    expect(date(0)).toEqual(new Date("2001-01-01T00:00:00Z"));
    expect([date(Number.NaN), date(1e300)]).toEqual([null, null]);
  });

  it("never throws, cut off or altered anywhere, and never hangs", () => {
    const whole = Buffer.from(writeBinaryPlist(read));
    for (let place = 0; place < whole.length; place += 1) {
      expect(parsePlist(whole.subarray(0, place))).toBeNull();
      for (const flip of [1, 0x0f, 0x80, 0xff]) {
        const bytes = Buffer.from(whole);
        bytes[place] = (bytes[place] ?? 0) ^ flip;
        parsePlist(bytes);
      }
    }
  });
});

describe.skipIf(!hasPython() && !requireAll)("Python's plistlib", () => {
  it.each(["XML", "BINARY"])("writes what is read here: %s", (format) => {
    const script = `import plistlib,sys,datetime
sys.stdout.buffer.write(plistlib.dumps({"text":"a & b \\u00e9\\U0001F600","whole":-42,"big":18446744073709551615,"real":1500.5,"yes":True,
"date":datetime.datetime(2026,11,22,12),"data":b"\\0\\1\\2\\xff","list":["x",[],{}],"long":"y"*300},fmt=plistlib.FMT_${format}))`;
    const value = parsePlist(execFileSync(python, ["-c", script]));
    expect(isDictionary(value ?? undefined) && toJson(value ?? "")).toEqual({
      text: "a & b é😀",
      whole: -42,
      big: "18446744073709551615",
      real: 1500.5,
      yes: true,
      date: "2026-11-22T12:00:00.000Z",
      data: "AAEC/w==",
      list: ["x", [], {}],
      long: "y".repeat(300),
    });
  });
});

const folder = vectorsFolder();

describe.skipIf(folder === null && !requireAll)("the lists of a genuine app", () => {
  const at = (name: string): Uint8Array => readFileSync(join(folder ?? "", "apps/isign/tests", name));

  it("are read: Info.plist, CodeResources and entitlements", () => {
    const info = parsePlist(at("Test.app/Info.plist"));
    const dictionary = isDictionary(info ?? undefined) ? (info as ReadonlyMap<string, PlistValue>) : null;
    expect(textAt(dictionary, "CFBundleIdentifier")).toBe("com.saucelabs.isignTestApp");
    expect(textsAt(dictionary, "CFBundleSupportedPlatforms")).toEqual(["iPhoneOS"]);
    expect([textAt(dictionary, "CFBundleNone"), textsAt(dictionary, "CFBundleIdentifier")]).toEqual([null, null]);
    for (const name of ["Test.app/_CodeSignature/CodeResources", "sample-entitlements.plist"]) {
      expect(isDictionary(parsePlist(at(name)) ?? undefined)).toBe(true);
    }
  });
});
