import { describe, expect, it } from "vitest";
import { draw } from "../../testing/made-keys.ts";
import type { Passage } from "../finding.ts";
import { lookAtPassage } from "../rules/look.ts";
import { toJoinedPassage } from "./joined-literals.ts";
import { toTextPieces } from "./text-passages.ts";

const body = draw("alnum", 24);
const key = `sk_live_${body}`;
const [a, b, c] = [key.slice(0, 12), key.slice(12, 20), key.slice(20)];

const look = (text: string) =>
  [...toTextPieces(text)].flatMap((piece) =>
    piece.type === "passage" ? lookAtPassage(piece.passage, { nowMs: 0, isRelease: true }).sightings : [],
  );

const passage = (text: string): Passage => ({
  text,
  form: "written",
  positionOf: (index) => ({ line: null, column: null, offset: index }),
});

describe("a key written over several literals", () => {
  it.each([
    ["JavaScript", `const k = "${a}" +\n  "${b}" +\n  "${c}";`],
    ["Kotlin and Java", `String k = "${a}"\n    + "${b}"\n    + "${c}";`],
    ["one line", `const k='${a}'+'${b}'+'${c}'`],
    ["C and Python", `const char *k = "${a}"\n    "${b}"\n    "${c}";`],
    ["Objective-C", `NSString *k = @"${a}"\n  @"${b}"\n  @"${c}";`],
    ["PHP", `$k = "${a}" . "${b}" . "${c}";`],
    ["a line that a backslash ends", `k = "${a}\\\n${b}\\\n    ${c}"`],
    ["Windows' line ends", `k = "${a}" +\r\n  "${b}${c}"`],
    ["a comment between", `k = "${a}" + // first part\n  "${b}${c}"`],
    ["properties", `pay.key = ${a}\\\n   ${b}${c}\n`],
  ])("in %s is found, where it begins", (_title, text) => {
    const found = look(text);
    expect(found.map(({ rule, value }) => [rule, value])).toEqual([["stripe-secret-key", key]]);
    expect(found[0]?.at.line).toBe(1);
  });

  it("is judged by its name", () => {
    const hex = draw("hex", 32);
    const found = look(`const weatherApiKey = "${hex.slice(0, 16)}" +\n  "${hex.slice(16)}";`);
    expect(found.find(({ value }) => value === hex)).toMatchObject({ rule: "named-key", severity: "secret" });
  });

  it("is told where it stands, among others far apart", () => {
    const far = "x = 1;\n".repeat(1000);
    const text = `${far}k = "${a}" +\n "${b}${c}";\n${far}l = "${a}" +\n "${b}${c}";`;
    const joined = toJoinedPassage(passage(text));
    expect(joined?.text.length).toBeLessThan(6000);
    const places = [...(joined?.text.matchAll(new RegExp(key, "g")) ?? [])].map(
      ({ index }) => joined?.positionOf(index).offset,
    );
    expect(places).toEqual([text.indexOf(a), text.lastIndexOf(a)]);
  });
});

describe("joined texts", () => {
  it("are none where nothing is joined", () => {
    expect(toJoinedPassage(passage(`const a = "b";\nconst c = ["d", "e"];\n`))).toBeNull();
  });

  it("cut no value in two at their ends", () => {
    const long = `eyJ${draw("alnum", 3000)}`;
    const { text } = toJoinedPassage(passage(`t="${long}";x="a"+"b";u="${long}"`)) ?? { text: "" };
    expect(text).toBe(`";x="ab";u="`);
  });

  it("are no longer than their text, whatever it is", () => {
    for (const seed of ['"+"', '"a"+', "'\n'", "\\\n", '"a" +\n"b"']) {
      const text = seed.repeat(20_000);
      expect((toJoinedPassage(passage(text))?.text ?? "").length).toBeLessThanOrEqual(text.length);
    }
  });
});
