import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startApksig } from "./apksig.ts";
import { compareRange, type Disagreement } from "./compare.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "20000" },
    seed: { type: "string", default: "countersign" },
    from: { type: "string", default: "0" },
    keep: { type: "string" },
  },
});
const [count, from] = [Number(values.count), Number(values.from)];
const apksig = startApksig();
const all: Disagreement[] = [];
let bothVerified = 0;
for (let at = 0; at < count; at += 500) {
  const { disagreements, bothVerified: both } = await compareRange(
    apksig,
    values.seed,
    from + at,
    Math.min(500, count - at),
  );
  all.push(...disagreements);
  bothVerified += both;
  if (at % 5000 === 0) process.stderr.write(`${at + 500} packages, ${all.length} disagreements\n`);
}
apksig.close();

const byCause = Map.groupBy(all, ({ kind, cause }) => `${kind}: ${cause}`);
console.log(`${count} packages, ${bothVerified} verified by both`);
for (const [cause, found] of [...byCause].toSorted(([, one], [, other]) => other.length - one.length)) {
  const [first] = found;
  console.log(
    `${`${found.length}`.padStart(7)}  ${cause}  (${first?.case.name}, ${first?.case.minSdk} to ${first?.case.maxSdk})`,
  );
}
if (values.keep !== undefined) {
  mkdirSync(values.keep, { recursive: true });
  for (const { kind, case: found } of all) {
    const name = `${kind}-${found.name.replaceAll(/[^\w.-]/gu, "_")}-${found.minSdk}-${found.maxSdk}.apk`;
    writeFileSync(join(values.keep, name), found.bytes);
    if (found.v4.length > 0) writeFileSync(join(values.keep, `${name}.idsig`), found.v4);
  }
}
process.exitCode = all.some(({ kind }) => kind !== "refused") ? 1 : 0;
