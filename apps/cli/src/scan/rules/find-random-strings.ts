import type { Passage, Sighting } from "../finding.ts";
import { toAdvice } from "./advice.ts";
import { isRandomLooking, isUnguessable } from "./randomness.ts";
import { readTellingName } from "./telling-name.ts";

const NEIGHBOURS = 2;
const MOST_HEX = 4;
const MOST = 12;

/**
 * Strings of compiled tables that look drawn at random. In a table that keeps the program's order, those beside a telling name; in a sorted one, where names stand apart
 * from values, those that can hardly be anything else, if they are few.
 */
export function* findRandomStrings(passage: Passage): Generator<Sighting & { start: number; end: number }> {
  if (passage.form !== "pool" && passage.form !== "sorted") return;
  const lines = passage.text.split("\n");
  const found: { value: string; start: number; name: string | null }[] = [];
  let start = 0;
  for (const [index, value] of lines.entries()) {
    const name = passage.form === "pool" ? tellingNeighbour(lines, index) : null;
    const isOfInterest = passage.form === "sorted" ? isLikelyKey(value) : name !== null && isRandomLooking(value);
    if (value.length >= 20 && value.length <= 128 && isOfInterest) found.push({ value, start, name });
    start += value.length + 1;
  }
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
