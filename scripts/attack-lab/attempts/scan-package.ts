import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Attempt, type Form, toAttempt } from "../attempt.ts";

interface Report {
  readonly findings: readonly { readonly rule: string; readonly where: readonly { readonly file: string }[] }[];
}

/** Our own scanner beside the attacker's tools: what it says of the package. */
export function scanPackage(form: Form, apk: string): Attempt {
  const cli = join(import.meta.dirname, "../../../apps/cli/src/main.ts");
  const { stdout } = spawnSync(process.execPath, ["--conditions=@countersign/source", cli, "scan", apk, "--json"], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const { findings } = JSON.parse(stdout) as Report;
  return toAttempt({
    title: "Scan the package for keys, as the app's own build job would",
    tool: "countersign scan",
    form,
    looked: "the package",
    found: findings.map(({ rule, where }) => `${[...new Set(where.map(({ file }) => file))].join(", ")} (${rule})`),
  });
}
