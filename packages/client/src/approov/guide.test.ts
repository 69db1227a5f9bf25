import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { approovMethods, type MethodSupport } from "./methods.ts";
import { statusNeverSeen, statusOfError, statusOfOutcome } from "./statuses.ts";

const guide = readFileSync(new URL("../../../../docs/guides/from-approov.md", import.meta.url), "utf8");

/** The rows of the table under a heading, each with its cells. */
function rowsUnder(heading: string): string[][] {
  const section = guide.split(/^#{2,3} /m).find((each) => each.startsWith(`${heading}\n`)) ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("| `"));
  return lines.map((line) => line.slice(2, -2).split(" | "));
}

const words: Readonly<Record<MethodSupport, string>> = {
  same: "as there",
  differs: "differs",
  operator: "set by the operator",
  nothing: "no effect",
  refused: "refused",
};

describe("docs/guides/from-approov.md", () => {
  it("names every method of the facade, what becomes of it, and no other", () => {
    const rows = Object.entries(approovMethods).map(([name, { support, note }]) => [
      `\`${name}\``,
      words[support],
      note,
    ]);
    expect(rowsUnder("Methods")).toEqual(rows);
  });

  it("names every status, and what it comes from", () => {
    const codesOf = new Map<string, string[]>();
    for (const [code, { status, type }] of Object.entries(statusOfError)) {
      const key = `\`${status}\` | ${type}`;
      codesOf.set(key, [...(codesOf.get(key) ?? []), `\`${code}\``]);
    }
    const rows = [
      ...[...codesOf].map(([key, codes]) => [...key.split(" | "), codes.join(", ")]),
      ...Object.entries(statusOfOutcome).map(([status, when]) => [
        `\`${status}\``,
        status === "SUCCESS" ? "–" : "general",
        when,
      ]),
      ...Object.entries(statusNeverSeen).map(([status, why]) => [`\`${status}\``, "never", why]),
    ];
    expect(rowsUnder("Statuses")).toEqual(rows);
  });
});
