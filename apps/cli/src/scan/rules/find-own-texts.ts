import { parseConfigurationString } from "@countersign/protocol";
import type { Harmless, Passage, Sighting } from "../finding.ts";

const placeholder = /(?<![A-Za-z0-9-])cs-[a-z0-9-]{1,48}-[a-z2-7]{10}(?![A-Za-z0-9-])/g;
const configuration = /(?<![A-Za-z0-9])csd?1~[A-Za-z0-9.:[\]-]{1,255}~[\w-]{22}~[\w-]{43}~[\w-]{43}(?![\w~-])/g;

/** Our own texts: placeholders and configuration strings are public. A development project's configuration in a release build is a mistake. */
export function findOwnTexts(passage: Passage, isRelease: boolean): { harmless: Harmless[]; sightings: Sighting[] } {
  const harmless: Harmless[] = [];
  const sightings: Sighting[] = [];
  if (passage.text.includes("cs-")) for (const _ of passage.text.matchAll(placeholder)) harmless.push("placeholder");
  if (!passage.text.includes("1~")) return { harmless, sightings };
  for (const match of passage.text.matchAll(configuration)) {
    const parsed = parseConfigurationString(match[0]);
    if (!parsed.ok) continue;
    if (parsed.value.kind === "production" || !isRelease) harmless.push("configuration");
    else sightings.push(toSighting(match[0], passage, match.index));
  }
  return { harmless, sightings };
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
