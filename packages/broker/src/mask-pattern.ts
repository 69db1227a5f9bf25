/** Expression over latin1 text (one character per byte) that finds a value, and the most bytes one find can have. */
export interface MaskPattern {
  readonly source: string;
  readonly longest: number;
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const hexDigit = (digit: string): string => (/[a-f]/.test(digit) ? `[${digit}${digit.toUpperCase()}]` : digit);
const hexOf = (bytes: Uint8Array): string => Array.from(Buffer.from(bytes).toString("hex"), hexDigit).join("");
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
function spellings(character: string): { readonly source: string; readonly longest: number } {
  const bytes = Buffer.from(character, "utf8");
  const point = character.codePointAt(0) ?? 0;
  const percent = [...bytes].map((byte) => `%(?:25)?${hexOf(Uint8Array.of(byte))}`).join("");
  const units = Array.from(
    { length: character.length },
    (_, index) => `\\\\u${unitHex(character.charCodeAt(index))}`,
  ).join("");
  const choices = [
    literal(latin1(bytes)),
    percent,
    units,
    `&#0{0,4}${point};`,
    `&#[xX]0{0,4}${Array.from(point.toString(16), hexDigit).join("")};`,
  ];
  if (character === " ") choices.push("\\+");
  const named = htmlNames[character];
  if (named !== undefined) choices.push(`&${named};`);
  const short = jsonShort[character];
  if (short !== undefined) choices.push(literal(short));
  return { source: `(?:${choices.join("|")})`, longest: Math.max(bytes.length * 5, character.length * 6, 14) };
}

const base64Class = "[A-Za-z0-9+/_-]?";

/** The part of base64 text that is the value's alone, for each of its three positions in a longer text, in both alphabets. */
function base64Source(bytes: Uint8Array, shift: number): string | null {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString("base64")
    .replace(/=+$/, "");
  const whole = (shift + bytes.length) % 3 === 0;
  const inner = text.slice(shift === 0 ? 0 : shift + 1, whole ? undefined : -1);
  if (inner.length < 4) return null;
  const source = Array.from(inner, (c) => (c === "+" ? "[+-]" : c === "/" ? "[/_]" : c)).join("");
  return `${shift === 0 ? "" : base64Class}${source}${whole ? "" : base64Class}`;
}

/** UTF-16 text as bytes, low or high byte first. */
function utf16Source(text: string, high: boolean): string {
  const bytes = Buffer.from(text, "utf16le");
  return literal(latin1(high ? bytes.swap16() : bytes));
}

/**
 * How a value may stand in an answer: raw, percent-encoded, base64 and base64url at any alignment, HTML, JSON, hexadecimal, UTF-16; single
 * characters may be spelled differently from their neighbours.
 */
export function toMaskPattern(value: string): MaskPattern {
  if (value === "") throw new TypeError("an empty value cannot be masked");
  const bytes = Buffer.from(value, "utf8");
  const characters = Array.from(value, spellings);
  const base64 = [0, 1, 2].map((shift) => base64Source(bytes, shift)).filter((source) => source !== null);
  const sources = [
    characters.map(({ source }) => source).join(""),
    ...base64,
    hexOf(bytes),
    utf16Source(value, false),
    utf16Source(value, true),
  ];
  const spelled = characters.reduce((sum, { longest }) => sum + longest, 0);
  return {
    source: sources.join("|"),
    longest: Math.max(spelled, Math.ceil(bytes.length / 3) * 4 + 2, value.length * 2, bytes.length * 2),
  };
}
