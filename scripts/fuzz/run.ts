import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.ts";
import { type FuzzReport, fuzzRange, makeInput } from "./fuzz-range.ts";
import { targetNamed, targets } from "./targets/index.ts";

const usage = `npm run fuzz -- [NAME…] [--count N] [--seed TEXT] [--jobs N] [--json]   every parser on N mutated inputs (default 1000000)
npm run fuzz -- NAME --input INDEX [--seed TEXT]                        one input again, in hex, and what it does`;

const read = () =>
  parseArgs({
    allowPositionals: true,
    options: {
      count: { type: "string", default: "1000000" },
      seed: { type: "string", default: "countersign" },
      jobs: { type: "string", default: `${availableParallelism()}` },
      input: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });

function readOrEnd(): ReturnType<typeof read> {
  try {
    return read();
  } catch {
    console.error(usage);
    process.exit(2);
  }
}

const { values, positionals } = readOrEnd();
const names = positionals.length > 0 ? positionals : targets.map(({ name }) => name);
const known = targets.map(({ name }) => name);
const unknown = names.filter((name) => !known.includes(name));
const [count, jobs] = [Number(values.count), Number(values.jobs)];
if (unknown.length > 0 || !Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(jobs) || jobs < 1) {
  console.error(`${usage}\n\n${unknown.length > 0 ? `no ${unknown.join(", ")}; ` : ""}there are ${known.join(", ")}`);
  process.exit(2);
}

if (values.input !== undefined) {
  const index = Number(values.input);
  for (const name of names) {
    const target = targetNamed(name);
    console.log(Buffer.from(makeInput(target, values.seed, index)).toString("hex"));
    const { accepted, failures } = await fuzzRange(target, values.seed, index, index + 1);
    console.log(failures[0]?.message ?? (accepted === 1 ? "accepted" : "refused"));
  }
} else await runAll();

async function runAll(): Promise<void> {
  let told = 0;
  const reports = await fuzz({
    targets: names,
    count,
    seed: values.seed,
    jobs,
    progress: (report, done) => {
      if (Date.now() - told < 2000) return;
      told = Date.now();
      process.stderr.write(`${Math.round(done * 100)} %, ${report.target}: ${report.inputs} inputs\n`);
    },
  });
  const failures = reports.flatMap((report) => report.failures);
  if (values.json) console.log(JSON.stringify({ node: process.version, seed: values.seed, count, reports }));
  else print(reports);
  for (const { target, index, message, input } of failures)
    process.stderr.write(
      `FAILED ${target} --input ${index} --seed ${values.seed}: ${message}\n  ${input.slice(0, 400)}\n`,
    );
  process.exitCode = failures.length > 0 ? 1 : 0;
}

function print(reports: readonly FuzzReport[]): void {
  console.log(
    `${"target".padEnd(22)}${"inputs".padStart(10)}${"accepted".padStart(10)}${"MiB".padStart(9)}${"µs each".padStart(9)}${"slowest µs".padStart(12)}  failures`,
  );
  for (const { target, inputs, accepted, bytes, seconds, slowestMicroseconds, failures } of reports) {
    const figures = [
      `${inputs}`.padStart(10),
      `${accepted}`.padStart(10),
      (bytes / 2 ** 20).toFixed(1).padStart(9),
      ((seconds * 1e6) / inputs).toFixed(1).padStart(9),
      `${slowestMicroseconds}`.padStart(12),
    ];
    console.log(`${target.padEnd(22)}${figures.join("")}  ${failures.length === 0 ? "none" : failures.length}`);
  }
}
