import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readJarSections } from "./jar-sections.ts";

const read = (text: string | Uint8Array) =>
  [...readJarSections(Buffer.from(text))].map(({ name, start, end, attributes }) => ({
    name,
    span: [start, end],
    attributes: Object.fromEntries(attributes),
  }));
const attributesOf = (text: string) => read(text)[0]?.attributes;

describe("the sections of a manifest", () => {
  test("end after their empty line, or with the file; empty lines before one belong to none", () => {
    expect(read("\n\r\nName: a\r\n\r\n\rName: b\n\nName: c").map(({ name, span }) => [name, span])).toEqual([
      ["a", [3, 14]],
      ["b", [15, 24]],
      ["c", [24, 31]],
    ]);
    expect(read("")).toEqual([]);
    expect(read("\r\n\n\r")).toEqual([]);
  });

  test("have lines that end at CR, LF or CR LF", () => {
    expect(attributesOf("Name: a\rCreated-By: b\nSHA1-Digest: c\r\nSHA-Digest: d")).toEqual({
      name: "a",
      "created-by": "b",
      "sha1-digest": "c",
      "sha-digest": "d",
    });
  });

  test("go on after a line break and a space, in the middle of a character too", () => {
    const letter = Buffer.from("ä");
    const split = Buffer.concat([
      Buffer.from("Na\r\n me: x"),
      letter.subarray(0, 1),
      Buffer.from("\n "),
      letter.subarray(1),
      Buffer.from("\r \r y"),
    ]);
    expect(read(split)[0]?.name).toBe("xäy");
    expect(read(" Name: a\n")[0]).toMatchObject({ name: null, span: [0, 9] });
  });

  test("have names that end at the first colon and space, spaces before and after being theirs", () => {
    expect(read("Name:  a: b \n")[0]?.name).toBe(" a: b ");
    expect(read("Name : a\n")[0]?.name).toBeNull();
    expect(read("Name:a\n")[0]?.name).toBeNull();
    expect(read("nAmE\n")[0]?.name).toBe("");
  });

  test("are named by their first attribute alone, and of two attributes of one name the first counts", () => {
    expect(read("Created-By: x\nName: a\n")[0]).toMatchObject({ name: null, attributes: { name: "a" } });
    expect(attributesOf("Name: a\nSHA-256-Digest: 1\nsha-256-DIGEST: 2\n")?.["sha-256-digest"]).toBe("1");
  });

  test("know an attribute by letters that Java takes for those of ASCII", () => {
    expect(attributesOf("\u017fHA-256-D\u0131gest: x")).toEqual({ "sha-256-digest": "x" });
    expect(attributesOf("X-Andro\u0130d-AP\u212a-Signed: 3")).toEqual({ "x-android-apk-signed": "3" });
  });

  test("take NUL for a character like any other, and replace what is no UTF-8", () => {
    expect(read("Name: a\0b\n")[0]?.name).toBe("a\0b");
    expect(read(Buffer.from("Name: \xff\n", "latin1"))[0]?.name).toBe("\ufffd");
  });

  test("keep no attribute that verification does not know", () => {
    expect(attributesOf("a: b\nSHA-3-Digest: x\nSHA-256-Digest-Manifest: y\nImplementation-Title: z\n")).toEqual({
      "sha-256-digest-manifest": "y",
    });
  });

  test("are those that a slower reader finds, whatever the text", () => {
    const piece = fc.constantFrom("Name", ": ", ":", " ", "a", "SHA1-Digest", "\r", "\n", "\r\n", "\0", "x");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join("");
        expect(read(text).map(({ name, span }) => [name, span])).toEqual(slowly(text));
      }),
      { numRuns: 2000 },
    );
  });
});

/** Name and span of each section, by lines put in a list first. */
function slowly(text: string): unknown[] {
  const lines = [...text.matchAll(/([^\r\n]*)(\r\n|\r|\n|$)/g)].filter(([whole]) => whole !== "");
  const sections: unknown[] = [];
  let open: { texts: string[]; start: number } | null = null;
  const close = (end: number) => {
    const [first = ""] = open?.texts ?? [];
    const name = /^name(?:: (.*))?$/is.exec(first);
    if (open) sections.push([name ? (name[1] ?? "") : null, [open.start, end]]);
    open = null;
  };
  for (const line of lines) {
    const [whole, body = ""] = line;
    if (body === "") close(line.index + whole.length);
    else if (open === null) open = { texts: [body], start: line.index };
    else if (body.startsWith(" ")) open.texts.push(`${open.texts.pop() ?? ""}${body.slice(1)}`);
    else open.texts.push(body);
  }
  close(text.length);
  return sections;
}
