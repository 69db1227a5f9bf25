import { reasons } from "@countersign/protocol";
import { printable } from "../printable.ts";
import type { Explanation } from "./explain.ts";

const kinds: Readonly<Record<Explanation["kind"], string>> = {
  "android-key-attestation": "Android key attestation",
  "app-attest-attestation": "App Attest attestation",
  "app-attest-assertion": "App Attest assertion",
  "app-attest-receipt": "App Attest receipt",
  "play-integrity-verdict": "Play Integrity verdict",
  "play-integrity-token": "Play Integrity token",
  arc: "ARC",
};

const marks = { pass: "ok", fail: "FAIL", not_evaluated: "-" } as const;

/** The explanation as text for a terminal: verdict and reason; of every failed check what it means and what to do; every check, every fact. */
export function renderExplanation({ kind, verdict, reason, checks, facts }: Explanation): string {
  const rows = checks.map((check) => [check.name, marks[check.result], check.expected ?? "", check.found ?? ""]);
  const lines = [`${kinds[kind]}: ${verdict}${reason === null ? "" : `, ${reason}`}`];
  if (reason !== null) {
    lines.push(`  ${reasons[reason].title}. ${reasons[reason].meaning}`, `  What to do: ${reasons[reason].action}`);
  }
  for (const { name, expected, found, reason: ofCheck } of checks.filter((check) => check.result === "fail")) {
    lines.push(
      "",
      `  ${printable(name, 80)} failed: ${ofCheck}`,
      `    expected    ${printable(expected ?? "", 200)}`,
      `    found       ${printable(found ?? "", 200)}`,
      `    means       ${reasons[ofCheck].meaning}`,
      `    what to do  ${reasons[ofCheck].action}`,
    );
  }
  lines.push("", ...table([["check", "result", "expected", "found"], ...rows]));
  lines.push(
    "",
    "  - is not evaluated: nothing was given to judge it by, or an earlier failure left nothing to judge.",
  );
  const heading = kind === "arc" ? "What the service noted:" : "What the evidence says of itself:";
  lines.push("", heading, ...factLines(facts, "  "));
  return `${lines.join("\n")}\n`;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => printable(cell, 56)));
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  return cells.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}

function factLines(facts: object, indent: string): string[] {
  return Object.entries(facts).flatMap(([name, value]: [string, unknown]) => {
    const isBranch = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isBranch) return [`${indent}${name}:`, ...factLines(value, `${indent}  `)];
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return [`${indent}${name}: ${printable(text, 120)}`];
  });
}
