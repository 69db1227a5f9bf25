import type { Attempt } from "./attempt.ts";

const toText = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const names = {
  "hard-coded": "key written into the app",
  delivered: "key delivered at run time",
  brokered: "key used by the broker",
} as const;

function row({ title, tool, form, looked, found, asPromised }: Attempt): string {
  const outcome = found.length === 0 ? "nothing found" : `found in ${found.join(", ")}`;
  const shown = [title, tool, names[form], looked, outcome, asPromised ? "as promised" : "NOT as promised"];
  return `<tr class="${found.length === 0 ? "held" : "open"}">${shown.map((text) => `<td>${toText(text)}</td>`).join("")}</tr>`;
}

/** One page that needs nothing else: what was tried, with what, and what was found. */
export function toHtml(attempts: readonly Attempt[], madeAt: string): string {
  const before = attempts.filter(({ form }) => form === "hard-coded");
  const after = attempts.filter(({ form }) => form !== "hard-coded");
  const found = (some: readonly Attempt[]): number => some.filter((each) => each.found.length > 0).length;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Attack lab: AstroPiks before and after</title>
<style>
:root { color-scheme: light dark; --line: light-dark(#d5d9e2, #343b4d); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: 0.5rem 0.75rem; text-align: left; vertical-align: top; }
.open td:nth-child(5) { font-weight: 600; color: light-dark(#a3161a, #ff8f8f); }
.held td:nth-child(5) { color: light-dark(#14632f, #7fdca0); }
</style>
</head>
<body>
<h1>AstroPiks under attack</h1>
<p>Made ${toText(madeAt)}. The same app twice: with NASA's key written into it, and with Countersign. Packages, tools, service and traffic are real; phones are virtual.</p>
<p><strong>Before:</strong> ${found(before)} of ${before.length} attempts found the key. <strong>After:</strong> ${found(after)} of ${after.length} did.</p>
<table>
<thead><tr><th>What was tried</th><th>With</th><th>Against</th><th>Looked at</th><th>Outcome</th><th></th></tr></thead>
<tbody>
${attempts.map(row).join("\n")}
</tbody>
</table>
<h2>What this does not show</h2>
<p>A key that was delivered to a genuine app can be read on a phone whose kernel is the attacker's and hides it. That is what brokered keys are for: they are
never on the phone. Nothing here ran on a phone, and no instrumentation of a running app was tried.</p>
</body>
</html>
`;
}
