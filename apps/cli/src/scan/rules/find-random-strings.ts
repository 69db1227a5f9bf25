import type { Passage, Sighting } from "../finding.ts";
import { toAdvice } from "./advice.ts";
import { isRandomLooking, isUnguessable } from "./randomness.ts";
import { readTellingName } from "./telling-name.ts";

const NEIGHBOURS = 2;
const MOST_HEX = 4;
const MOST = 12;
/** Characters of a line on average, from where on a script counts as minified. */
const MINIFIED = 400;
/** Names as C++ and Swift compilers write them into tables of symbols. */
const mangled = /^_?(?:_Z|\$[sS])[A-Za-z]*\d/;

interface Candidate {
  readonly value: string;
  readonly start: number;
  readonly name: string | null;
}

/**
 * Strings that look drawn at random: in a table that keeps the program's order, those beside a telling name; in a sorted one and in a minified script, where names stand
 * apart from values or are lost, those that can hardly be anything else, if they are few.
 */
export function* findRandomStrings(passage: Passage): Generator<Sighting & { start: number; end: number }> {
  const found = passage.form === "written" ? literalsOf(passage.text) : linesOf(passage);
  const hex = found.filter(({ value }) => /^[0-9a-f]+$/i.test(value)).length;
  const kept = found.filter(({ value }) => hex <= MOST_HEX || !/^[0-9a-f]+$/i.test(value));
  if (kept.length > MOST) return;
  for (const { value, start: at, name } of kept) {
    const kind = name === null ? "string that looks random" : "string that looks random, beside a key's name";
    yield {
      rule: name === null ? "random-string" : "random-near-name",
      kind,
      severity: "suspicious",
      value,
      name,
      isUnguessable: isUnguessable(value),
      details: null,
      advice: toAdvice({ severity: "suspicious", kind, name }),
      at: passage.positionOf(at),
      start: at,
      end: at + value.length,
    };
  }
}

/** Lines of a table. */
function linesOf({ text, form }: Passage): readonly Candidate[] {
  if (form === "raw") return [];
  const lines = text.split("\n");
  const found: Candidate[] = [];
  let start = 0;
  for (const [index, value] of lines.entries()) {
    const name = form === "pool" ? tellingNeighbour(lines, index) : null;
    const isOfInterest = form === "sorted" ? isLikelyKey(value) : name !== null && isRandomLooking(value);
    if (value.length >= 20 && value.length <= 128 && isOfInterest && !mangled.test(value))
      found.push({ value, start, name });
    start += value.length + 1;
  }
  return found;
}

/** Literals of a script whose lines are as long as only a machine writes them. */
function literalsOf(text: string): readonly Candidate[] {
  const lines = text.split("\n", 2000).length;
  if (text.length / lines < MINIFIED) return [];
  return [...text.matchAll(/["'`]([A-Za-z0-9_-]{24,64})["'`]/g)]
    .map(({ 1: value = "", index }) => ({ value, start: index + 1, name: null }))
    .filter(({ value }) => isLikelyKey(value));
}

/** Base62 or base64url in three classes of characters, or the hexadecimal of 16, 20 or 32 bytes. */
function isLikelyKey(value: string): boolean {
  if (/^[0-9a-f]+$/.test(value))
    return (value.length === 32 || value.length === 40 || value.length === 64) && isRandomLooking(value);
  if (!/^[A-Za-z0-9_-]+={0,2}$/.test(value) || !isRandomLooking(value) || /^[0-9A-Fa-f-]+$/.test(value)) return false;
  const digits = (value.match(/\d/g) ?? []).length;
  return (
    digits >= 3 &&
    /[a-z]/.test(value) &&
    (/[A-Z]/.test(value) || digits * 5 > value.length) &&
    !/_[a-z]{3,}|[a-z]{7,}/.test(value)
  );
}

function tellingNeighbour(lines: readonly string[], index: number): string | null {
  for (let step = 1; step <= NEIGHBOURS; step += 1) {
    for (const line of [lines[index - step], lines[index + step]]) {
      if (line !== undefined && line.length <= 64 && /^[\w.$ -]+$/.test(line) && readTellingName(line) === "secret")
        return line;
    }
  }
  return null;
}
