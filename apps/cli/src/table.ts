import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";

/** Rows under a heading, columns aligned; no rows give one line that says so. */
export function toTable(
  paint: Paint,
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  none: string,
): string {
  if (rows.length === 0) return `${none}\n`;
  const clean = rows.map((row) => row.map(printable));
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...clean.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  ");
  return `${[paint("bold", line(heading)), ...clean.map(line)].join("\n")}\n`;
}

/** Named values, one to a line. */
export function toFields(paint: Paint, fields: readonly (readonly [string, string])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${paint("dim", name.padEnd(width))}  ${printable(value)}\n`).join("");
}

/** A time for people: UTC, to the second. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").slice(0, 19);
}
