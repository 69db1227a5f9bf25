import { scanInput } from "../../apps/cli/src/scan/scan.ts";

/** A process of its own, so that its peak is the scan's: prints what one input gave and cost. */
const [input = "", included] = process.argv.slice(2);
const began = performance.now();
const result = await scanInput(input, { includeIgnored: included === "all", nowMs: Date.now() });
if (result === null) throw new Error(`${input} cannot be read`);
const count = (severity: string): number => result.findings.filter((finding) => finding.severity === severity).length;
console.log(
  JSON.stringify({
    files: result.read.files,
    bytes: result.read.bytes,
    secret: count("secret"),
    suspicious: count("suspicious"),
    unread: result.unreadable.filter(({ readAs }) => readAs === "nothing").length,
    seconds: (performance.now() - began) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  }),
);
