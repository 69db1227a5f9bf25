import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSourceMapReader } from "./source-map.ts";

/** The sources of a map that comes in parts of so many characters, and the longest text that came at once. */
function read(text: string, partLength = text.length + 1) {
  const sources: { name: string; text: string }[] = [];
  let longest = 0;
  const reader = createSourceMapReader({
    onSource: (name) => sources.push({ name, text: "" }),
    onText: (part) => {
      longest = Math.max(longest, part.length);
      const last = sources.at(-1);
      if (last !== undefined) last.text += part;
    },
    onSourceEnd: () => undefined,
  });
  for (let from = 0; from < text.length; from += partLength) reader.push(text.slice(from, from + partLength));
  return { sources, longest, isWhole: reader.end().isWhole };
}

describe("the sources of a source map", () => {
  it("are those that JSON.parse finds, wherever the parts end", () => {
    const file = fc.record({ name: fc.string({ maxLength: 40 }), text: fc.string({ unit: "binary", maxLength: 200 }) });
    fc.assert(
      fc.property(fc.array(file, { maxLength: 6 }), fc.integer({ min: 1, max: 50 }), (files, partLength) => {
        const map = {
          version: 3,
          sources: files.map(({ name }) => name),
          names: ["sourcesContent", "a"],
          sourcesContent: files.map(({ text }) => text),
          mappings: "AAAA,[;]{}",
        };
        const found = read(JSON.stringify(map), partLength);
        expect(found.sources).toEqual(files);
        expect(found.isWhole).toBe(true);
      }),
    );
  });

  it("have their numbers for names where the map gives none, or later", () => {
    expect(read(`{"sourcesContent":[1,null,"a"],"sources":5}`).sources).toEqual([{ name: "2", text: "a" }]);
    expect(read(`{"sourcesContent":["a"],"sources":["x.ts"]}`).sources).toEqual([{ name: "0", text: "a" }]);
  });

  it("are found behind the line that keeps scripts from running it, and in each section", () => {
    const map = (name: string): object => ({ sources: [name], sourcesContent: [`text of ${name}`] });
    const sections = [
      { offset: {}, map: map("a.ts") },
      { offset: {}, map: map("b.ts") },
    ];
    expect(read(`)]}'\n${JSON.stringify({ version: 3, sections })}`).sources).toEqual([
      { name: "a.ts", text: "text of a.ts" },
      { name: "b.ts", text: "text of b.ts" },
    ]);
  });

  it("come in parts no longer than those of the map", () => {
    const { longest, sources } = read(JSON.stringify({ sourcesContent: ["x\n".repeat(50_000)] }), 1000);
    expect(sources[0]?.text.length).toBe(100_000);
    expect(longest).toBeLessThanOrEqual(1000);
  });

  it.each([
    ["an end in the middle", `{"sourcesContent":["abc`],
    ["an end in the list", `{"sourcesContent":["abc",`],
    ["an escape that JSON has not", String.raw`{"sourcesContent":["a\qb"]}`],
  ])("are said not to be whole at %s", (_title, text) => {
    expect(read(text).isWhole).toBe(false);
  });

  it("are none in any other text, and nothing is thrown", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2000 }), fc.integer({ min: 1, max: 9 }), (text, length) => {
        read(text, length);
      }),
    );
    expect(read("[".repeat(100_000)).sources).toEqual([]);
    expect(read(`{"sourcesContent":{"a":"b"},"sources":"c"}`).sources).toEqual([]);
  });
});
