import type { Passage } from "../finding.ts";
import type { Assignment } from "./find-assignments.ts";
import { tellingWord } from "./telling-name.ts";

const reference = /[A-Za-z0-9_]{0,24}["']?\s{0,4}[:=]\s{0,4}([A-Za-z_$][\w$]{0,31})\s{0,4}(?=[,;})\]])/y;
const definition = /(?<![\w$.])([A-Za-z_$][\w$]{0,31})\s?=\s?["'`]([^"'`\s\\]{8,512})["'`]/g;
const MOST = 20_000;

/**
 * Values that reach their name through a variable: `var f="…"; … {apiKey:f}`, as minifiers leave it. A variable that the passage gives two values is left out: nobody can
 * say which is meant without reading the program.
 */
export function* findReferences({ text, form }: Passage): Generator<Assignment> {
  if (form !== "written") return;
  let defined: ReadonlyMap<string, { value: string; start: number } | null> | null = null;
  for (const word of text.matchAll(tellingWord)) {
    reference.lastIndex = word.index + word[0].length;
    const match = reference.exec(text);
    const variable = match?.[1];
    if (match === null || variable === undefined) continue;
    defined ??= definitionsOf(text);
    const found = defined.get(variable);
    if (found === null || found === undefined) continue;
    const more = /^[A-Za-z0-9_]{0,24}/.exec(match[0])?.[0] ?? "";
    const before = /[A-Za-z0-9_$-]{0,64}$/.exec(text.slice(Math.max(0, word.index - 64), word.index))?.[0] ?? "";
    yield { name: `${before}${word[0]}${more}`, ...found, form: "code" };
  }
}

function definitionsOf(text: string): ReadonlyMap<string, { value: string; start: number } | null> {
  const defined = new Map<string, { value: string; start: number } | null>();
  for (const match of text.matchAll(definition)) {
    const [whole, variable = "", value = ""] = match;
    const known = defined.get(variable);
    if (known !== undefined && known?.value !== value) defined.set(variable, null);
    else if (known === undefined) defined.set(variable, { value, start: match.index + whole.lastIndexOf(value) });
    if (defined.size >= MOST) break;
  }
  return defined;
}
