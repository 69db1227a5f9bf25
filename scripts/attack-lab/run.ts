import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runAttackLab } from "./lab.ts";
import { toHtml } from "./report-html.ts";
import { missingTools } from "./tools.ts";

const usage = `npm run attack-lab -- [--json] [--out FOLDER]

Builds AstroPiks with its key written into it and with Countersign, and attacks both. Writes report.html and report.json to FOLDER (default: a new one
among temporary files). Ends with 0 where the key was found before and not after, with 1 where not, with 2 where a tool is missing.
`;

const { values } = parseArgs({
  options: { json: { type: "boolean" }, out: { type: "string" }, help: { type: "boolean" } },
});
const missing = missingTools();
if (values.help === true) {
  process.stdout.write(usage);
} else if (missing.length > 0) {
  process.stderr.write(`The attack lab needs:\n${missing.map((name) => `  ${name}\n`).join("")}`);
  process.exitCode = 2;
} else {
  const folder = values.out === undefined ? mkdtempSync(join(tmpdir(), "attack-lab-")) : resolve(values.out);
  mkdirSync(folder, { recursive: true });
  const attempts = await runAttackLab(mkdtempSync(join(folder, "work-")), (step) =>
    process.stderr.write(`${step} …\n`),
  );
  const isHeld = attempts.every(({ asPromised }) => asPromised);
  const report = { held: isHeld, attempts };
  writeFileSync(join(folder, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(folder, "report.html"), toHtml(attempts, new Date().toISOString()));
  if (values.json === true) process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    for (const { asPromised, form, title, tool, found } of attempts) {
      const outcome = found.length === 0 ? "nothing" : `found: ${found.join(", ")}`;
      process.stdout.write(`${asPromised ? "ok  " : "BAD "} ${form.padEnd(10)} ${title} (${tool}): ${outcome}\n`);
    }
    process.stdout.write(`\n${join(folder, "report.html")}\n`);
  }
  process.exitCode = isHeld ? 0 : 1;
}
