import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bench, BenchSet } from "../measure.ts";
import { hasApksigner, type MadePackage, makePackages } from "./material.ts";

const sizes = [1, 20, 100, 500] as const;
const compared = 20;
const modern = 24;
const old = 21;

/** What it costs to judge a package, beside apksigner: each run a process of its own, starting it included. */
export function appPackageBench(): Promise<BenchSet> {
  if (!hasApksigner)
    throw new Error(
      "app-package needs Debian's apksigner, which signs what is measured and is what it is measured against.",
    );
  const root = fileURLToPath(import.meta.resolve("../../"));
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-b", "apps/cli"], { cwd: root, stdio: "inherit" });
  const { packages, remove } = makePackages([...sizes.map((size) => [size, modern] as const), [compared, old]]);
  const at = (megabytes: number, minSdk: number): MadePackage => {
    const found = packages.find((each) => each.megabytes === megabytes && each.minSdk === minSdk);
    if (found === undefined) throw new Error("no such package");
    return found;
  };
  return Promise.resolve({
    what: "judging an APK; each run in a process of its own",
    parts: {
      "20 MB, schemes v2 and v3": besideApksigner(at(compared, modern)),
      "20 MB, scheme v1 too": besideApksigner(at(compared, old)),
    },
    tables: async () => {
      try {
        const rows = [];
        for (const size of sizes) rows.push(await row(at(size, modern)));
        return { "by size": rows };
      } finally {
        remove();
      }
    },
  });
}

function besideApksigner({ file, minSdk }: MadePackage): Bench {
  return {
    what: "countersign app inspect beside apksigner verify",
    iterations: 1,
    subjects: [
      {
        name: "apksigner verify",
        run: () => void execFileSync("apksigner", apksignerArgs(file, minSdk), { stdio: "ignore" }),
      },
      {
        name: "countersign app inspect",
        run: () => void execFileSync(process.execPath, cliArgs(file, minSdk), { stdio: "ignore" }),
      },
    ],
    goals: [{ subject: "countersign app inspect", atMost: 1 }],
  };
}

function apksignerArgs(file: string, minSdk: number): readonly string[] {
  return ["verify", "--min-sdk-version", String(minSdk), file];
}

/** The command as it is published: built, not stripped of its types at each start. */
function cliArgs(file: string, minSdk: number): readonly string[] {
  const program = fileURLToPath(import.meta.resolve("../../apps/cli/dist/main.js"));
  return [program, "app", "inspect", file, "--min-sdk", String(minSdk)];
}

async function row({ file, megabytes, minSdk }: MadePackage): Promise<object> {
  process.stderr.write(`app-package, ${megabytes} MB …\n`);
  const program = fileURLToPath(import.meta.resolve("./inspect-process.ts"));
  const args = ["--conditions=@countersign/source", program, file, String(minSdk)];
  const ours = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as {
    seconds: number;
    peakMiB: number;
  };
  const theirs = await watched("apksigner", apksignerArgs(file, minSdk));
  return {
    megabytes,
    megabytesPerSecond: Math.round(megabytes / ours.seconds),
    peakMiB: Math.round(ours.peakMiB),
    apksignerMegabytesPerSecond: Math.round(megabytes / theirs.seconds),
    apksignerPeakMiB: Math.round(theirs.peakMiB),
  };
}

/** Runs a program and looks, as often as it can, at the most memory that was resident (Linux). */
async function watched(program: string, args: readonly string[]): Promise<{ seconds: number; peakMiB: number }> {
  const began = process.hrtime.bigint();
  const child = spawn(program, args, { stdio: "ignore" });
  let peakKiB = 0;
  const look = (): void => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peakKiB = Math.max(peakKiB, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0));
    } catch {
      // It ended between two looks.
    }
  };
  const timer = setInterval(look, 5);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return { seconds: Number(process.hrtime.bigint() - began) / 1e9, peakMiB: peakKiB / 1024 };
}
