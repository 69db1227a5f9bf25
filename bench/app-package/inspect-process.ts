import { openFileSource } from "../../apps/cli/src/package/file-source.ts";
import { inspectPackage } from "../../packages/app-package/src/index.ts";

/** Judges the one package that is named, and prints what it took: seconds, and the most memory that was resident at once. */
const [file = "", minSdk = "24"] = process.argv.slice(2);
const source = await openFileSource(file);
const began = process.hrtime.bigint();
const report = await inspectPackage(source, { nowMs: Date.now(), minSdk: Number(minSdk) });
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
await source.close();
if (!report.verified) throw new Error(JSON.stringify(report.errors));
console.log(JSON.stringify({ seconds, peakMiB: process.resourceUsage().maxRSS / 1024 }));
