import { reasons } from "@countersign/protocol";
import type { Explanation } from "./explain.ts";

const kinds: Readonly<Record<Explanation["kind"], string>> = {
  "android-key-attestation": "Android key attestation",
  "app-attest-attestation": "App Attest attestation",
  "app-attest-assertion": "App Attest assertion",
};

const marks = { pass: "ok", fail: "FAIL", not_evaluated: "-" } as const;

/** The explanation as text for a terminal: verdict, what the reason means and what to do, every check, every fact. */
export function renderExplanation({ kind, verdict, reason, checks, facts }: Explanation): string {
  const rows = checks.map((check) => [check.name, marks[check.result], check.expected ?? "", check.found ?? ""]);
  const lines = [`${kinds[kind]}: ${verdict}${reason === null ? "" : `, ${reason}`}`];
  if (reason !== null)
    lines.push(`  ${reasons[reason].title}. ${reasons[reason].meaning}`, `  ${reasons[reason].action}`);
  lines.push(
    "",
    ...table([["check", "result", "expected", "found"], ...rows]),
    "",
    "- means not evaluated: nothing was given to judge it by.",
  );
  lines.push("", "What the evidence says of itself:", ...factLines(facts, "  "));
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

/** Evidence is hostile: nothing in it may move the cursor, reorder a line or flood the screen. */
function printable(text: string, length: number): string {
  const visible = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\u{fffd}");
  return visible.length > length ? `${visible.slice(0, length - 1)}…` : visible;
}
