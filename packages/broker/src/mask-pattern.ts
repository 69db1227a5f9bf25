/** One step of a form: the expressions over latin1 text (one character per byte), any of which may stand there. */
export type Step = readonly string[];

/** The forms in which a value may stand in an answer, step by step, and the most bytes that one of them can have. */
export interface MaskPattern {
  readonly forms: readonly (readonly Step[])[];
  readonly longest: number;
}

/** The most bytes that one step has: a character of four bytes, percent-encoded twice. */
export const longestStep = "%25f0%259f%2594%2591".length;

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const hexDigit = (digit: string): string => (/[a-f]/.test(digit) ? `[${digit}${digit.toUpperCase()}]` : digit);
const hexOf = (byte: number): string => Array.from(byte.toString(16).padStart(2, "0"), hexDigit).join("");
/** Four hexadecimal digits of a UTF-16 unit. */
const unitHex = (unit: number): string => Array.from(unit.toString(16).padStart(4, "0"), hexDigit).join("");

const htmlNames: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos" };
const jsonShort: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "/": "\\/",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** One character in every spelling an upstream may give it: raw, percent (also twice), JSON, HTML. */
function spellings(character: string): { readonly step: Step; readonly longest: number } {
  const bytes = Buffer.from(character, "utf8");
  const point = character.codePointAt(0) ?? 0;
  const units = Array.from(
    { length: character.length },
    (_, index) => `\\\\u${unitHex(character.charCodeAt(index))}`,
  ).join("");
  const step = [
    literal(latin1(bytes)),
    // Apart, for of `%2525` both `%25` and all of it may be the character `%`.
    Array.from(bytes, (byte) => `%${hexOf(byte)}`).join(""),
    Array.from(bytes, (byte) => `%25${hexOf(byte)}`).join(""),
    units,
    `&#0{0,4}${point};`,
    `&#[xX]0{0,4}${Array.from(point.toString(16), hexDigit).join("")};`,
  ];
  // ISO 8859-1, in which headers were once written.
  if (point >= 0x80 && point <= 0xff) step.push(literal(character), `%${hexOf(point)}`);
  if (character === " ") step.push("\\+");
  const named = htmlNames[character];
  if (named !== undefined) step.push(`&${named};`);
  const short = jsonShort[character];
  if (short !== undefined) step.push(literal(short));
  return { step, longest: Math.max(bytes.length * 5, character.length * 6, "&#x000010ffff;".length) };
}

/** Where a line may end inside base64 (RFC 2045 §6.8, RFC 7468): as it is, in JSON or percent-encoded, with the blank of a folded line. */
const lineEnd = "(?:(?:\\r|\\\\r|%0[dD])?(?:\\n|\\\\n|%0[aA])[ \\t]?)?";
const longestSign = "%0D%0A %2B".length;
/** A character that the value shares with its neighbours, or none. */
const sharedBefore: Step = ["", "[A-Za-z0-9+/_-]"];
const sharedAfter: Step = ["", `${lineEnd}[A-Za-z0-9+/_-]`];

function base64Step(character: string): Step {
  if (character === "+") return [`${lineEnd}(?:[+-]|%2[bB])`];
  if (character === "/") return [`${lineEnd}(?:[/_]|\\\\/|%2[fF])`];
  return [lineEnd + character];
}

/** The part of base64 text that is the value's alone, for one of its three positions in a longer text, in both alphabets. */
function base64Form(bytes: Uint8Array, shift: number): Step[] | null {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString("base64")
    .replace(/=+$/, "");
  const whole = (shift + bytes.length) % 3 === 0;
  const inner = text.slice(shift === 0 ? 0 : shift + 1, whole ? undefined : -1);
  if (inner.length < 4) return null;
  return [...(shift === 0 ? [] : [sharedBefore]), ...Array.from(inner, base64Step), ...(whole ? [] : [sharedAfter])];
}

/** UTF-16 text as bytes, low or high byte first. */
function utf16Form(text: string, high: boolean): Step[] {
  const bytes = Buffer.from(text, "utf16le");
  return Array.from(latin1(high ? bytes.swap16() : bytes), (byte) => [literal(byte)]);
}

/**
 * How a value may stand in an answer: raw, percent-encoded, base64 and base64url at any alignment and broken into lines, HTML, JSON,
 * hexadecimal, UTF-16; single characters may be spelled differently from their neighbours.
 */
export function toMaskPattern(value: string): MaskPattern {
  if (value === "") throw new TypeError("an empty value cannot be masked");
  const bytes = Buffer.from(value, "utf8");
  const characters = Array.from(value, spellings);
  const base64 = [0, 1, 2].map((shift) => base64Form(bytes, shift)).filter((form) => form !== null);
  const spelled = characters.reduce((sum, { longest }) => sum + longest, 0);
  return {
    forms: [
      characters.map(({ step }) => step),
      ...base64,
      Array.from(bytes, (byte) => [hexOf(byte)]),
      utf16Form(value, false),
      utf16Form(value, true),
    ],
    longest: Math.max(spelled, ...base64.map((form) => form.length * longestSign), value.length * 2, bytes.length * 2),
  };
}
