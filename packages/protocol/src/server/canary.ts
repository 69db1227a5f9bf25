import { createHash } from "node:crypto";
import { concatBytes, u8 } from "../bytes.ts";
import { toUtf8 } from "../utf8.ts";
import { deriveKey } from "./derive-key.ts";

const digits = "0123456789";
const lower = "abcdefghijklmnopqrstuvwxyz";
const upper = lower.toUpperCase();
const punctuation = "!#$%&()*,;<>?@[]^{|}";
/** Characters that give a value its form and nothing of its worth. */
const separators = "-_.:/+=~ ";
const freeCharacters = 40;

/** What to draw from: canaries of one seed, project and secret are always the same, so that two decoys never differ. */
export interface CanarySource {
  readonly projectSeed: Uint8Array;
  /** Raw project id, 16 bytes. */
  readonly project: Uint8Array;
  readonly name: string;
}

/**
 * What a decoy gets in place of a delivered secret (section 11): the same number of characters, separators where they were, each run between
 * them of the classes of character that it has, and otherwise nothing of the value: which character is of which class would make a short one
 * much easier to guess. Never the value itself.
 */
export function canaryOf(value: string, source: CanarySource): string {
  const characters = Array.from(value);
  const isHex = /^[0-9a-f]+$/i.test(value);
  const classes = runsOf(characters).flatMap((run) => {
    const ofRun = [...new Set(run.map((each) => classOf(each, isHex)))].toSorted().join("");
    return run.map((each) => (separators.includes(each) ? each : ofRun));
  });
  const made = draw(classes, source, 0);
  if (made !== value) return made;
  const free = characters.map(() => digits + lower);
  const other = draw(free, source, 1);
  return other === value ? draw(free, source, 2) : other;
}

/** A canary that owes nothing to any value, for a secret whose value must not be opened: 40 letters and digits. */
export function freeCanaryOf(source: CanarySource): string {
  return draw(Array<string>(freeCharacters).fill(digits + lower + upper), source, 3);
}

/** The characters between separators, and each separator by itself. */
function runsOf(characters: readonly string[]): readonly (readonly string[])[] {
  const runs: string[][] = [];
  let open = false;
  for (const each of characters) {
    const isSeparator = separators.includes(each);
    if (open && !isSeparator) runs.at(-1)?.push(each);
    else runs.push([each]);
    open = !isSeparator;
  }
  return runs;
}

function classOf(character: string, isHex: boolean): string {
  if (digits.includes(character)) return digits;
  if (lower.includes(character)) return isHex ? lower.slice(0, 6) : lower;
  if (upper.includes(character)) return isHex ? upper.slice(0, 6) : upper;
  return punctuation;
}

/** One character of each class; a class of one character is that character. All from one call: the time it takes must not tell. */
function draw(classes: readonly string[], { projectSeed, project, name }: CanarySource, use: number): string {
  const stream = createHash("shake256", { outputLength: classes.length * 4 + 4 })
    .update(concatBytes(deriveKey(projectSeed, "canary", project), u8(use), toUtf8(name)))
    .digest();
  return classes.map((from, index) => from[stream.readUInt32BE(index * 4) % from.length] ?? "").join("");
}
