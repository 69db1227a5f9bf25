import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { androidManifestSeeds } from "./android-manifest-seeds.ts";
import { appPackageSeeds } from "./app-package-seeds.ts";
import { base64, evidenceSeeds } from "./evidence-seeds.ts";
import { playSeeds } from "./play-seeds.ts";
import { wireSeeds } from "./wire-seeds.ts";

// Makes the corpus anew: node --conditions=@countersign/source scripts/fuzz/make-corpus/run.ts
const folder = join(import.meta.dirname, "..", "corpus");
const made = await evidenceSeeds();
const play = await playSeeds();
mkdirSync(folder, { recursive: true });
const all = { ...made.seeds, ...play.seeds, ...wireSeeds(made), ...androidManifestSeeds(), ...appPackageSeeds() };
for (const [name, seeds] of Object.entries(all)) {
  const lines = [`# ${name}: one seed a line, base64; made by make-corpus/run.ts`, ...seeds.map(base64)];
  writeFileSync(join(folder, `${name}.txt`), `${lines.join("\n")}\n`);
}
writeFileSync(join(folder, "world.json"), `${JSON.stringify({ ...made.world, play: play.world }, null, 2)}\n`);
