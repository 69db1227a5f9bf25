import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Passage } from "../../apps/cli/src/scan/finding.ts";
import { lookAtPassage } from "../../apps/cli/src/scan/rules/look.ts";
import type { Bench, BenchSet } from "../measure.ts";
import { found, type Material, made } from "./material.ts";
import { slowTexts } from "./slow-texts.ts";

interface Scanned {
  readonly files: number;
  readonly bytes: number;
  readonly secret: number;
  readonly suspicious: number;
  readonly unread: number;
  readonly seconds: number;
  readonly peakMiB: number;
}

/** What the scan costs: that the work grows with the text alone, and findings, speed and peak memory on what others made and on what was made to be costly. */
export function scanBench(): Promise<BenchSet> {
  return Promise.resolve({
    what: "countersign scan; each input in a process of its own",
    parts: { growth: growthBench() },
    tables: () => {
      const { materials, remove } = made();
      try {
        return { "found material": found().map(scan), "made to be costly": materials.map(scan) };
      } finally {
        remove();
      }
    },
  });
}

const short = 262_144;
const factor = 4;

function growthBench(): Bench {
  const at = { line: null, column: null, offset: 0 } as const;
  const look = (texts: readonly string[]) => (iterations: number) => {
    for (let round = 0; round < iterations; round += 1)
      for (const text of texts) {
        const passage: Passage = { text, form: "written", positionOf: () => at };
        lookAtPassage(passage, { nowMs: 0, isRelease: true });
      }
  };
  const name = `${factor} times as long`;
  return {
    what: "all rules over texts made to be slow, a mebibyte each at most",
    iterations: 1,
    subjects: [
      { name: "256 KiB of each", run: look(slowTexts(short)) },
      { name, run: look(slowTexts(short * factor)) },
    ],
    goals: [{ subject: name, atMost: factor * 1.5 }],
  };
}

function scan({ name, path, isAll }: Material): object {
  process.stderr.write(`scan, ${name} …\n`);
  const program = fileURLToPath(import.meta.resolve("./scan-process.ts"));
  const args = ["--conditions=@countersign/source", program, path, isAll ? "all" : "app"];
  const printed = execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const { bytes, seconds, peakMiB, ...counts } = JSON.parse(printed) as Scanned;
  return {
    scanned: name,
    megabytes: Math.round(bytes / 1e6),
    ...counts,
    seconds: Number(seconds.toFixed(1)),
    megabytesPerSecond: Number((bytes / 1e6 / seconds).toFixed(1)),
    peakMiB: Math.round(peakMiB),
  };
}
