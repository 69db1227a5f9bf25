import { parseArgs } from "node:util";
import { appPackageBench } from "./app-package/bench.ts";
import { attestationBench } from "./attestation/bench.ts";
import { brokerBench } from "./broker/bench.ts";
import { clientBench } from "./client/bench.ts";
import { type Bench, type BenchSet, judgeGoals, type Measured, measure } from "./measure.ts";
import { refreshBench } from "./refresh.ts";
import { scanBench } from "./scan/bench.ts";
import { sealBench } from "./seal.ts";
import { tokensBench } from "./tokens/bench.ts";

const benches: Readonly<Record<string, (options: { readonly quick: boolean }) => Promise<Bench | BenchSet>>> = {
  "app-package": appPackageBench,
  attestation: attestationBench,
  broker: brokerBench,
  client: clientBench,
  seal: sealBench,
  refresh: refreshBench,
  scan: scanBench,
  tokens: tokensBench,
};

interface Result {
  readonly what: string;
  readonly rounds: number;
  readonly subjects: readonly Measured[];
  readonly notes?: readonly string[];
  readonly goals?: ReturnType<typeof judgeGoals>;
}

interface SetResult {
  readonly what: string;
  readonly parts: Readonly<Record<string, Result>>;
  readonly tables?: Readonly<Record<string, readonly object[]>>;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "15" },
    quick: { type: "boolean", default: false },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(benches);
const unknown = names.filter((name) => !Object.hasOwn(benches, name));
const rounds = Number(values.rounds);
if (unknown.length > 0 || !Number.isSafeInteger(rounds) || rounds < 1) {
  console.error(
    unknown.length > 0
      ? `no bench ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}`
      : "--rounds takes a whole number from 1",
  );
  process.exit(2);
}

async function runBench(bench: Bench): Promise<Result> {
  try {
    const subjects = await measure(bench.subjects, rounds, bench.iterations);
    const { what, notes, goals } = bench;
    return {
      what,
      rounds,
      subjects,
      ...(notes && { notes }),
      ...(goals && { goals: judgeGoals(goals, subjects) }),
    };
  } finally {
    await bench.close?.();
  }
}

async function runSet(name: string, { what, parts, tables }: BenchSet): Promise<SetResult> {
  const results: Record<string, Result> = {};
  for (const [part, bench] of Object.entries(parts)) {
    process.stderr.write(`${name}, ${part} …\n`);
    results[part] = await runBench(bench);
  }
  return { what, parts: results, ...(tables && { tables: await tables() }) };
}

function print(name: string, { what, subjects, notes, goals }: Result): void {
  console.log(`\n${name}: ${what}`);
  for (const { name: subject, microseconds, ratio } of subjects)
    console.log(
      `  ${subject.padEnd(44)} ${String(microseconds.median).padStart(9)} µs   ${ratio.median.toFixed(2)} times (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`,
    );
  for (const goal of goals ?? []) {
    const verdict = `  goal ${goal.met ? "met" : "MISSED"}: ${goal.subject}`;
    if ("addsAtMost" in goal) {
      console.log(`${verdict}, adds at most ${goal.addsAtMost} µs: ${goal.added}`);
      continue;
    }
    const bound = "atMost" in goal ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`;
    console.log(`${verdict}, ${bound} times: ${goal.ratio.toFixed(2)}`);
  }
  for (const note of notes ?? []) console.log(`  ${note}`);
}

const results: Record<string, Result | SetResult> = {};
for (const name of names) {
  process.stderr.write(`${name} …\n`);
  const bench = await benches[name]?.({ quick: values.quick });
  if (bench !== undefined) results[name] = "parts" in bench ? await runSet(name, bench) : await runBench(bench);
}

if (values.json) console.log(JSON.stringify({ node: process.version, results }));
else
  for (const [name, result] of Object.entries(results)) {
    if (!("parts" in result)) {
      print(name, result);
      continue;
    }
    console.log(`\n${name}: ${result.what}`);
    for (const [part, partResult] of Object.entries(result.parts)) print(`${name}, ${part}`, partResult);
    for (const [title, rows] of Object.entries(result.tables ?? {})) {
      console.log(`\n${name}, ${title}`);
      console.table(rows);
    }
  }
