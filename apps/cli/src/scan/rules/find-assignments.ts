import type { Passage } from "../finding.ts";
import { tellingWord } from "./telling-name.ts";

/** A value that a text gives to a name. */
export interface Assignment {
  readonly name: string;
  readonly value: string;
  /** Index of the value. */
  readonly start: number;
  /** `code`: quoted, after `=`, `:` or in a call; `markup`: between tags or in an attribute; `bare`: an unquoted line `NAME=value`; `query`: in a URL. */
  readonly form: "code" | "markup" | "bare" | "query";
}

// A name goes to its end: what is only the middle of a longer word is left at once.
const quote = String.raw`\\{0,3}["'\x60]`;
const code = new RegExp(
  String.raw`[A-Za-z0-9_]{0,24}(?![A-Za-z0-9_])(?:${quote})?\]?\s{0,8}` +
    String.raw`(?::\s?[A-Za-z?]{1,24}\s{0,4}(?==))?(?:=>|:=|=(?!=)|:(?!:)|,|\(|(?:[^"'\x60\n;]{0,24}(?:\|\||\?\?)))\s{0,8}` +
    String.raw`(?:[A-Za-z_.]{1,32}\(\s{0,4})?@?${quote}(?:\\["'])?(?:Bearer |Basic |[Tt]oken |key=)?([^"'\x60\s\\<>]{8,512})\\{0,3}["'\x60]`,
  "y",
);
const markup =
  /[A-Za-z0-9_]{0,24}(?![A-Za-z0-9_])(?:["'][^<>]{0,80}?\bvalue\s?=\s?["']([^"'<>\s]{8,512})["']|["'][^<>]{0,80}>\s{0,40}([^<>\s]{8,512})\s{0,40}<|<\/key>\s{0,40}<string>([^<>\s]{8,512})<)/y;
const bare =
  /[A-Za-z0-9_]{0,24}(?![A-Za-z0-9_])[ \t]{0,8}[=:][ \t]{0,8}([^\s"'`;,(){}[\]<>$]{8,512})[ \t]{0,8}(?=[;#\r\n]|$)/y;
const query = /[A-Za-z0-9_]{0,8}=([A-Za-z0-9_.~%+-]{8,256})/y;

const nameEnd = /[A-Za-z0-9_]{0,24}(?![A-Za-z0-9_])/y;
const NAME_BEFORE = 64;

/** Every name that may tell, with the value that stands beside it. Looks a bounded way from each word, so the work grows with the text alone. */
export function* findAssignments(passage: Passage): Generator<Assignment> {
  const { text } = passage;
  for (const word of text.matchAll(tellingWord)) {
    const end = word.index + word[0].length;
    nameEnd.lastIndex = end;
    if (!nameEnd.test(text)) continue;
    const from = nameStart(text, word.index);
    const before = text[from - 1];
    if (before === "?" || before === "&") {
      yield* read(text, end, from, query, "query");
      continue;
    }
    yield* read(text, end, from, code, "code");
    if (passage.form !== "written") continue;
    yield* read(text, end, from, markup, "markup");
    if (isLineStart(text, from)) yield* read(text, end, from, bare, "bare");
  }
}

function* read(
  text: string,
  end: number,
  from: number,
  pattern: RegExp,
  form: Assignment["form"],
): Generator<Assignment> {
  pattern.lastIndex = end;
  const match = pattern.exec(text);
  const value = match?.[1] ?? match?.[2] ?? match?.[3];
  if (match === null || value === undefined) return;
  const more = /^[A-Za-z0-9_]{0,24}/.exec(match[0])?.[0] ?? "";
  const start = match.index + match[0].lastIndexOf(value);
  yield { name: text.slice(from, end + more.length), value, start, form };
}

function nameStart(text: string, index: number): number {
  let start = index;
  while (start > 0 && index - start < NAME_BEFORE && /[A-Za-z0-9_$.-]/.test(text[start - 1] ?? "")) start -= 1;
  return start;
}

function isLineStart(text: string, index: number): boolean {
  const before = text.slice(Math.max(0, index - 40), index);
  return /(?:^|[\r\n])[ \t]{0,16}(?:export |set |- |-D)?$/.test(before);
}
