import { parseConfigurationString } from "@countersign/protocol";
import type { Harmless, Passage, Sighting } from "../finding.ts";

const placeholder = /(?<![A-Za-z0-9-])cs-[a-z0-9-]{1,48}-[a-z2-7]{10}(?![A-Za-z0-9-])/g;
const configuration = /(?<![A-Za-z0-9])csd?1~[A-Za-z0-9.:[\]-]{1,255}~[\w-]{22}~[\w-]{43}~[\w-]{43}(?![\w~-])/g;

/** One of our own texts: harmless, or a sighting. */
export interface OwnText {
  readonly found: Harmless | Sighting;
  readonly start: number;
  readonly end: number;
}

/** Our own texts: placeholders and configuration strings are public. A development project's configuration in a release build is a mistake. */
export function* findOwnTexts(passage: Passage, isRelease: boolean): Generator<OwnText> {
  const { text } = passage;
  if (text.includes("cs-")) {
    for (const { 0: value, index } of text.matchAll(placeholder))
      yield { found: "placeholder", start: index, end: index + value.length };
  }
  if (!text.includes("1~")) return;
  for (const { 0: value, index } of text.matchAll(configuration)) {
    const parsed = parseConfigurationString(value);
    if (!parsed.ok) continue;
    const isHarmless = parsed.value.kind === "production" || !isRelease;
    const found = isHarmless ? "configuration" : toSighting(value, passage, index);
    yield { found, start: index, end: index + value.length };
  }
}

function toSighting(value: string, passage: Passage, index: number): Sighting {
  return {
    rule: "development-configuration",
    kind: "configuration of a development project",
    severity: "suspicious",
    value,
    name: null,
    isUnguessable: true,
    details: null,
    advice: {
      action: "rebuild",
      text: "Public, but a development project lets in what no store app is: build releases with the production project's cs1~ string.",
      commands: [],
    },
    at: passage.positionOf(index),
  };
}
