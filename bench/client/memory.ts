import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const requests = 100_000;
const goalPercent = 5;

export interface Memory {
  readonly requests: number;
  readonly residentMiB: number;
  /** Against the first row. */
  readonly growthPercent: number;
  readonly met: boolean;
}

/** The resident set after collection at each fifth of 100,000 requests, half of them through a protected fetch. */
export function memory(): readonly Memory[] {
  const flags = ["--expose-gc", "--conditions=@countersign/source"];
  const printed = execFileSync(
    process.execPath,
    [...flags, fileURLToPath(import.meta.resolve("./memory-process.ts")), String(requests)],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  const resident = JSON.parse(printed) as readonly number[];
  const first = resident[0] ?? Number.NaN;
  return resident.map((bytes, index) => {
    const growthPercent = Number(((bytes / first - 1) * 100).toFixed(2));
    const residentMiB = Number((bytes / 1024 / 1024).toFixed(1));
    return { requests: ((index + 1) * requests) / 5, residentMiB, growthPercent, met: growthPercent <= goalPercent };
  });
}
