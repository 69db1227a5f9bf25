import { describe, expect, it } from "vitest";
import { draw } from "../testing/made-keys.ts";
import type { Severity, Sighting } from "./finding.ts";
import { createLedger } from "./ledger.ts";
import { maskValue } from "./mask.ts";

const value = draw("alnum", 40);
const sighting = (severity: Severity, rule: string, change: Partial<Sighting> = {}): Sighting => ({
  rule,
  kind: "kind",
  severity,
  value,
  name: null,
  isUnguessable: true,
  details: null,
  advice: { action: "inspect", text: "", commands: [] },
  at: { line: null, column: null, offset: 1 },
  ...change,
});

describe("the ledger", () => {
  it("has one finding for a value, of what is surest: a secret, then what is public by design, then a suspicion", () => {
    const ledger = createLedger();
    ledger.add("a", sighting("suspicious", "random-string"));
    ledger.add("b", sighting("secret", "named-key"));
    ledger.add("c", sighting("suspicious", "random-string"));
    expect(ledger.findings()).toMatchObject([{ severity: "secret", rule: "named-key", occurrences: 3 }]);
    const google = createLedger();
    for (const severity of ["suspicious", "public-by-design", "suspicious"] as const)
      google.add("a", sighting(severity, "google-api-key"));
    expect(google.findings()).toMatchObject([{ severity: "public-by-design", occurrences: 1 }]);
  });

  it("masks a name that is a value itself, and shortens a long one", () => {
    const ledger = createLedger();
    const other = draw("alnum", 32, "name");
    ledger.add("a", sighting("secret", "named-key", { name: other }));
    ledger.add("b", sighting("secret", "stripe-secret-key", { name: "n".repeat(90) }));
    expect(ledger.findings().map(({ name }) => name)).toEqual([maskValue(other), "n".repeat(64)]);
  });

  it("keeps eight places, and counts all", () => {
    const ledger = createLedger();
    for (let index = 0; index < 20; index += 1) ledger.add(`f${index}`, sighting("secret", "named-key"));
    expect(ledger.findings()[0]?.where).toHaveLength(8);
    expect(ledger.findings()[0]?.occurrences).toBe(20);
  });

  it("puts secrets first, and the same findings in the same order whatever order they came in", () => {
    const seen = (["public-by-design", "suspicious", "secret"] as const).map((severity) =>
      sighting(severity, `rule-${severity}`),
    );
    const [one, two] = [createLedger(), createLedger()];
    for (const each of seen) one.add("a", each);
    for (const each of seen.toReversed()) two.add("a", each);
    expect(one.findings()).toEqual(two.findings());
    expect(one.findings().map(({ severity }) => severity)).toEqual(["secret", "suspicious", "public-by-design"]);
  });
});
