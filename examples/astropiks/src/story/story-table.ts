import type { DemoCase, DemoModes, DemoRotation, Story } from "./demo-case.ts";

const columns: readonly (readonly [string, (row: DemoCase) => string])[] = [
  ["case", (row) => row.name],
  ["on", (row) => row.platform],
  ["verdict", (row) => row.verdict ?? "-"],
  ["reason", (row) => row.reason ?? "-"],
  ["key", (row) => (row.secretDelivered ? "yes" : "no")],
  ["NASA", (row) => (row.upstreamStatus === null ? "-" : String(row.upstreamStatus))],
  ["ARC", (row) => row.arc ?? "-"],
];

function table(rows: readonly DemoCase[]): string {
  const cells = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, read]) => read(row)))];
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

function rotationText(rotation: DemoRotation | null): string {
  if (rotation === null) return "The key was to be changed while apps ran; that could not be told.";
  const { watched, unwatched, brokered } = rotation;
  return `The key was changed while apps ran. One that watches used the new key after ${watched.milliseconds} ms (${watched.upstreamStatus}); one that does
not was turned away with the old key (${unwatched.beforeRefresh}) and served after its next refresh (${unwatched.afterRefresh}). Then the key was kept at the
server, and the broker filled it (${brokered.upstreamStatus}).`;
}

function modesText(modes: DemoModes | null): string {
  if (modes === null) return "The key's mode was to be switched while apps ran; that could not be told.";
  const { brokered, restricted, delivered } = modes;
  return `Its mode was switched under one running app, which changed in nothing: brokered after ${brokered.milliseconds} ms, and no key on the device
(${brokered.upstreamStatus}); delivered again, with another key, after ${delivered.milliseconds} ms, for an app follows at most once in 5 s (${delivered.upstreamStatus}). Between the
two the verdict decided: a restricted app was served by the broker and was given no key (${restricted.upstreamStatus}).`;
}

/** The story for people: who got the key, who did not and why, what a rotation did, and what a switch of modes. */
export function storyText({ cases, rotation, modes, broken }: Story): string {
  const genuine = cases.filter((row) => row.attack === null);
  const attacks = cases.filter((row) => row.attack !== null);
  return `
The app holds no key. These genuine devices got it, for minutes, and fetched NASA's picture of the day:

${table(genuine)}

These tried and saw it nowhere. A refusal says no more than its ARC; an operator looks the reason up.

${table(attacks)}

${rotationText(rotation)}

${modesText(modes)}

${broken.length === 0 ? "Every promise was kept." : `NOT as promised:\n${broken.map((line) => `  ${line}`).join("\n")}`}
`;
}
