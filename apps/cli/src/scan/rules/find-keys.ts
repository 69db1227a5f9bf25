import type { Passage, Severity, Sighting } from "../finding.ts";
import { type SeenPlace, toAdvice } from "./advice.ts";
import type { KeyRule } from "./key-rule.ts";
import { keyRules } from "./key-rules.ts";
import { entropyOf, isStandIn, isUnguessable } from "./randomness.ts";
import { findSeenPlace } from "./seen-place.ts";

/** Names under which Firebase and the Maps SDKs keep a Google key in every app. */
const publicGoogleName =
  /google_(?:api|crash_reporting_api|maps)_key|geo\.API_KEY|GMSApiKey|GMSServices|current_key|<key>API_KEY<|firebase|authDomain|provideAPIKey/i;

/** Keys that their form gives away. `name` is what the format ties the text to, where it does. */
export function* findKeys(
  passage: Passage,
  name: string | null = null,
): Generator<Sighting & { end: number; start: number }> {
  const { text } = passage;
  for (const rule of keyRules) {
    if (!rule.anchors.some((anchor) => text.includes(anchor))) continue;
    for (const match of text.matchAll(rule.pattern)) {
      const value = match[1] ?? match[0];
      if (isExample(value) || entropyOf(drawnPart(value, rule)) < (rule.entropy ?? 3)) continue;
      const start = match.index + match[0].lastIndexOf(value);
      const seen = rule.severity === "public-by-design" ? null : findSeenPlace(text, start);
      yield {
        ...toSighting(rule, value, severityOf(rule, text, start, name, seen), name, seen),
        at: passage.positionOf(start),
        start,
        end: start + value.length,
      };
    }
  }
}

/** AWS's and others' documentation keys, and runs of one character. A key drawn at random has `x{4}` or `12345678` once in millions. */
function isExample(value: string): boolean {
  return (
    /EXAMPLE|example|your|xxxx|XXXX|0{8}|12345678|abcdefg|ABCDEFG|\.\.\.|\*\*\*/.test(value) ||
    isStandIn(value.slice(0, 200))
  );
}

/** The key without what every key of its form begins with. */
function drawnPart(value: string, rule: KeyRule): string {
  const begin = rule.anchors.find((anchor) => value.startsWith(anchor)) ?? "";
  return value.slice(begin.length);
}

function severityOf(rule: KeyRule, text: string, start: number, name: string | null, seen: SeenPlace | null): Severity {
  if (rule.id !== "google-api-key") return rule.severity;
  if (seen?.host.endsWith("googleapis.com") === true && seen.host !== "www.googleapis.com") return "secret";
  const around = `${name ?? ""} ${text.slice(Math.max(0, start - 160), start)} ${text.slice(start + 39, start + 120)}`;
  return publicGoogleName.test(around) ? "public-by-design" : "suspicious";
}

function toSighting(
  rule: KeyRule,
  value: string,
  severity: Severity,
  name: string | null,
  seen: SeenPlace | null,
): Omit<Sighting, "at"> {
  const { id, kind, vendor, remove, advice } = rule;
  return {
    rule: id,
    kind,
    severity,
    value,
    name,
    isUnguessable: value.length >= 20 || isUnguessable(value),
    details: null,
    advice: toAdvice({
      severity,
      kind,
      name,
      vendor,
      seen,
      remove,
      text: severity === "secret" && id === "google-api-key" ? undefined : advice,
    }),
  };
}
