import { readFileSync } from "node:fs";
import { reasons } from "@countersign/protocol";
import { expect, test } from "vitest";
import { androidRules } from "./android/rules.ts";
import { assertionRules } from "./apple/assertion.ts";
import { appAttestRules } from "./apple/attestation.ts";
import { receiptRules } from "./apple/receipt.ts";
import type { Rule } from "./findings.ts";
import { playIntegrityRules, playTokenRules } from "./play-integrity/rules.ts";

const page = readFileSync(new URL("../../../docs/evidence.md", import.meta.url), "utf8");

/** The rows of the table under a heading: number, check, reason. */
function documented(heading: string): readonly string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^\| (\d+) \| `(\w+)` \| `(\w+)` \|/gm)].map(
    ([, number, name, reason]) => `${number} ${name} ${reason}`,
  );
}

test.each<[string, readonly Rule[]]>([
  ["App Attest attestation", appAttestRules],
  ["App Attest assertion", assertionRules],
  ["App Attest receipt", receiptRules],
  ["Android key attestation", androidRules],
  ["Play Integrity token", playTokenRules],
  ["Play Integrity verdict", playIntegrityRules],
])("docs/evidence.md lists the checks of the %s in their order", (heading, rules) => {
  expect(documented(heading)).toEqual(rules.map(({ name, reason }, index) => `${index + 1} ${name} ${reason}`));
});

test("every check has its own name, and a reason that the protocol explains", () => {
  for (const rules of [
    appAttestRules,
    assertionRules,
    receiptRules,
    androidRules,
    playTokenRules,
    playIntegrityRules,
  ]) {
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
    for (const { reason } of rules) expect(reasons[reason].action).not.toBe("");
  }
});
