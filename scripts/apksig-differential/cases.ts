import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  attribute,
  makeManifest,
  plainManifest,
} from "../../packages/app-package/src/android-manifest/binary-xml-writer.suite.ts";
import { keys, makeApk } from "../../packages/app-package/src/apk/apk-writer.suite.ts";
import { schemeBlock } from "../../packages/app-package/src/apk/signing-block.ts";
import { craftJar } from "../../packages/app-package/src/jar/craft-jar.suite.ts";
import { vectorsFolder } from "../../testing/vectors.ts";
import { createRandom, type Random } from "../fuzz/random.ts";
import type { ApkCase } from "./apksig.ts";
import { changeApk, changeBytes } from "./changed-apks.ts";
import { makeApkOfCertificate, makeStrangeApk, makeStrangeV4 } from "./made-apks.ts";

export interface NamedCase extends ApkCase {
  /** How it came about. */
  readonly name: string;
}

const ranges: readonly (readonly [number | null, number | null])[] = [
  [null, null],
  [null, null],
  [24, null],
  [28, null],
  [33, null],
  [null, 26],
  [null, 23],
  [24, 27],
  [24, 32],
  [28, 32],
  [28, 28],
  [26, 30],
  [30, 30],
  [1, null],
  [18, 28],
];
// Debian's apksig is that of Android 12, which knows neither scheme v3.1 nor v3.2.
const lastKnownSdk = 32;
const unknownBlocks = [Buffer.from("61ad931b", "hex"), Buffer.from("9fc8e170", "hex")];
const noBytes = new Uint8Array();

const seeds: readonly { readonly name: string; readonly bytes: Buffer }[] = loadSeeds();

function loadSeeds() {
  const folder = join(vectorsFolder() ?? "", "apksig");
  if (!existsSync(folder)) return [];
  // Without what only costs time: keys of 16384 bits and comments of 64 KiB.
  const names = readdirSync(folder).filter((name) => name.endsWith(".apk") && !/16384|8192|max-sized/.test(name));
  return names.map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
}

/** Whether AOSP's own packages are here. */
export const hasSeeds: boolean = seeds.length > 0;

/** Case number `index`, the same in every run but for keys and signatures, which are made anew. Without AOSP's packages all are made. */
export function makeCase(seed: string, index: number): NamedCase {
  const random = createRandom(`${seed}/${index}`);
  const [minSdk, maxSdk] = random.pick(ranges);
  const { name, bytes, v4 = noBytes } = makePackage(random);
  const highest = unknownBlocks.some((id) => Buffer.from(bytes).includes(id))
    ? Math.min(maxSdk ?? lastKnownSdk, lastKnownSdk)
    : maxSdk;
  const lowest = minSdk === null || highest === null ? minSdk : Math.min(minSdk, highest);
  return { name: `${index} ${name}`, bytes, v4, minSdk: lowest, maxSdk: highest };
}

interface MadePackage {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly v4?: Uint8Array;
}

const kinds: readonly ((random: Random) => MadePackage)[] = [
  (random) => ({ name: "JAR", bytes: craftJar(toDice(random), manifest, random.pick([0.02, 0.005])) }),
  (random) => ({ name: "made", bytes: makeStrangeApk(random, random.pick([1000, 400, 100, 30])) }),
  (random) => ({ name: "made and changed", bytes: changeApk(makeStrangeApk(random, 1000), random) }),
  (random) => ({ name: "of a changed manifest", bytes: signManifest(changeBytes(random.pick(manifests), random)) }),
  (random) => ({ name: "of a changed certificate", bytes: makeApkOfCertificate(random) }),
  (random) => {
    const bytes = makeStrangeApk(random, 1000);
    return { name: "with v4", bytes, v4: makeStrangeV4(random, bytes) };
  },
];

function makePackage(random: Random): MadePackage {
  if (seeds.length === 0 || random.chance(2)) return random.pick(kinds)(random);
  const { name, bytes } = random.pick(seeds);
  return { name, bytes: changeApk(bytes, random) };
}

const manifest = makeManifest(plainManifest());
const manifests: readonly Uint8Array[] = [
  manifest,
  makeManifest(plainManifest(), { utf8: false }),
  makeManifest(
    plainManifest({
      attributes: [attribute.versionCode(25), attribute.targetSandboxVersion(1), attribute.package("com.example.app")],
      children: [
        { name: "uses-sdk", attributes: [attribute.minSdk("Q"), attribute.targetSdk(31)] },
        { name: "application", attributes: [attribute.debuggable("true")] },
      ],
    }),
  ),
];

const signManifest = (content: Uint8Array): Uint8Array =>
  makeApk({ entries: [{ name: "AndroidManifest.xml", content }], blocks: [[schemeBlock.v2, [{ key: keys.first }]]] });

const toDice = (random: Random) => ({
  pick: <T>(first: T, ...others: readonly T[]) => random.pick([first, ...others]),
  happens: (likely: number) => random.below(10_000) < likely * 10_000,
  below: random.below,
});
