import { parseArgs } from "node:util";
import { attestationBench } from "./attestation.ts";
import { type Bench, type Measured, measure } from "./measure.ts";
import { refreshBench } from "./refresh.ts";
import { sealBench } from "./seal.ts";

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  attestation: attestationBench,
  seal: sealBench,
  refresh: refreshBench,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, rounds: { type: "string", default: "15" } },
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

const results: Record<string, { what: string; rounds: number; subjects: readonly Measured[] }> = {};
for (const name of names) {
  process.stderr.write(`${name} …\n`);
  const bench = await benches[name]?.();
  if (bench === undefined) continue;
  try {
    results[name] = { what: bench.what, rounds, subjects: await measure(bench.subjects, rounds, bench.iterations) };
  } finally {
    await bench.close?.();
  }
}

if (values.json) console.log(JSON.stringify({ node: process.version, results }));
else
  for (const [name, { what, subjects }] of Object.entries(results)) {
    console.log(`\n${name}: ${what}`);
    for (const { name: subject, microseconds, ratio } of subjects)
      console.log(
        `  ${subject.padEnd(44)} ${String(microseconds.median).padStart(9)} µs   ${ratio.median.toFixed(2)} times (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`,
      );
  }
