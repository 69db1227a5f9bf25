import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { collectReport } from "./collect-report.ts";

const usage = `node scripts/phones/read-report.ts [--json] < LOG

Reads the log of a phone on which AstroPiks checks its native half (docs/guides/device-tests.md), tells each outcome as it comes, and ends with the report: with 0
where every promise was held, with 1 where one was broken, with 2 where the log ended without a report.
`;

const { values } = parseArgs({ options: { json: { type: "boolean" }, help: { type: "boolean" } } });
if (values.help === true) {
  process.stdout.write(usage);
} else {
  const signs = { held: "ok  ", broken: "BAD ", "not asked": "-   " } as const;
  const lines = createInterface({ input: process.stdin });
  const report = await collectReport(lines, ({ name, outcome, instead }) => {
    if (values.json !== true)
      process.stdout.write(`${signs[outcome]}${name}${instead === null ? "" : `: ${instead}`}\n`);
  });
  if (report === null) {
    process.stderr.write(
      "The log ended without a report. Is the app built with EXPO_PUBLIC_PHONE_CHECK=1, and does the phone reach the service of its configuration string?\n",
    );
    process.exitCode = 2;
  } else {
    if (values.json === true) process.stdout.write(`${JSON.stringify(report)}\n`);
    process.exitCode = report.held ? 0 : 1;
  }
  // A log that goes on is nobody's any more.
  process.stdin.destroy();
}
