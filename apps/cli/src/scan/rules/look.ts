import type { Harmless, NamedValue, Passage, Sighting } from "../finding.ts";
import { findAssignments } from "./find-assignments.ts";
import { findJsonWebTokens } from "./find-json-web-tokens.ts";
import { findKeys } from "./find-keys.ts";
import { findOwnTexts } from "./find-own-texts.ts";
import { findPrivateKeys } from "./find-private-keys.ts";
import { findRandomStrings } from "./find-random-strings.ts";
import { findReferences } from "./find-references.ts";
import { findUrlPasswords } from "./find-url-passwords.ts";
import { judgeNamed } from "./judge-named.ts";
import { findSeenPlace } from "./seen-place.ts";

/** Sightings of one passage: a text made to have more costs no more. */
const MOST = 1000;

/** What rules need to know beside the text. */
export interface LookContext {
  readonly nowMs: number;
  /** Whether the text is from something built to be shipped. */
  readonly isRelease: boolean;
}

export interface Looked {
  readonly sightings: readonly Sighting[];
  readonly harmless: readonly Harmless[];
  /** There was more than is told of one passage. */
  readonly isFull: boolean;
}

/** Applies every rule to a passage. A stretch of text that one rule has named is not named again by a vaguer one. Pure. */
export function lookAtPassage(passage: Passage, context: LookContext, name: string | null = null): Looked {
  const harmless: Harmless[] = [];
  const sightings: Sighting[] = [];
  const claimed: { start: number; end: number }[] = [];
  for (const { found, start, end } of findOwnTexts(passage, context.isRelease)) {
    if (claimed.length >= MOST) break;
    claimed.push({ start, end });
    if (typeof found === "string") harmless.push(found);
    else sightings.push(found);
  }
  const claim = (found: Sighting & { start: number; end: number }): void => {
    if (claimed.length >= MOST || claimed.some(({ start, end }) => found.start < end && start < found.end)) return;
    const { start, end, ...sighting } = found;
    claimed.push({ start, end });
    sightings.push(sighting);
  };
  for (const found of findPrivateKeys(passage)) claim(found);
  for (const found of findJsonWebTokens(passage, context.nowMs)) claim(found);
  for (const found of findKeys(passage, name)) claim(found);
  for (const found of findUrlPasswords(passage)) claim(found);
  for (const assignments of [findAssignments(passage), findReferences(passage)]) {
    for (const { value, start, ...assignment } of assignments) {
      const seen = assignment.form === "query" ? findSeenPlace(passage.text, start) : null;
      const judged = judgeNamed({ ...assignment, value }, seen);
      if (judged !== null) claim({ ...judged, at: passage.positionOf(start), start, end: start + value.length });
    }
  }
  for (const found of findRandomStrings(passage)) claim(found);
  return { sightings, harmless, isFull: claimed.length >= MOST };
}

/** Applies every rule to a value and the name its format ties it to. */
export function lookAtNamed({ name, value, at }: NamedValue, context: LookContext): Looked {
  const looked = lookAtPassage({ text: value, form: "raw", positionOf: () => at }, context, name);
  if (looked.sightings.length > 0) return looked;
  const judged = judgeNamed({ name, value, form: "pair" }, null);
  return judged === null ? looked : { ...looked, sightings: [{ ...judged, at }] };
}
