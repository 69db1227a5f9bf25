import { readModuleManifest } from "../../../packages/app-package/src/aab/module-manifest.ts";
import { manifestWork } from "../../../packages/app-package/src/android-manifest/manifest-work.ts";
import { readAndroidManifest } from "../../../packages/app-package/src/android-manifest/read-android-manifest.ts";
import { loadSeeds } from "../corpus.ts";
import { type FuzzTarget, guarantee } from "../target.ts";

const hexWords = (...all: readonly string[]): readonly Uint8Array[] =>
  all.map((word) => new Uint8Array(Buffer.from(word, "hex")));

/** Runs `read` and holds what it looked at against the input's length. */
function counted<Result>(input: Uint8Array, perByte: number, read: () => Result): Result {
  const before = manifestWork.steps;
  const result = read();
  const steps = manifestWork.steps - before;
  guarantee(steps <= perByte * input.length + 64, `${steps} steps for ${input.length} bytes`);
  return result;
}

/** What holds of a manifest's values, whoever wrote them. */
function checkValues(name: string, split: string | null, versionCode: number | null | undefined): void {
  guarantee(/^[A-Za-z0-9_.]{1,223}$/u.test(name), "a package that is no name");
  guarantee(split === null || /^[A-Za-z0-9_.]*$/u.test(split), "a split that is no name");
  const exact = versionCode === null || versionCode === undefined || Number.isSafeInteger(versionCode);
  guarantee(exact && (versionCode ?? 0) >= 0, "a version code that is not exact");
}

const binaryManifest: FuzzTarget = {
  name: "android-manifest",
  shape: "bytes",
  seeds: loadSeeds("android-manifest"),
  words: hexWords(
    "03000800",
    "01001c00",
    "80010800",
    "02011000",
    "03011000",
    "00011000",
    "ffffffff",
    "14001400",
    "08000003",
    "08000010",
    "08000012",
    "1b020101",
    "0f000101",
  ),
  read(input) {
    const read = counted(input, 8, () => readAndroidManifest(input));
    if (!read.ok) {
      guarantee(/^[ -~]{10,200}$/u.test(read.problem.detail), "a refusal that is not fit to print");
      return false;
    }
    const { package: name, split, versionCode, debuggable, minSdk, targetSdk, problems } = read.value;
    checkValues(name, split, versionCode);
    const unknown = [versionCode, debuggable].filter((value) => value === null).length;
    guarantee(problems.length === unknown, "a value that is not known for no reason, or a reason for nothing");
    guarantee(minSdk >= 1 && Number.isInteger(targetSdk), "API levels that are none");
    return true;
  },
};

const bundleManifest: FuzzTarget = {
  name: "bundle-manifest",
  shape: "bytes",
  seeds: loadSeeds("bundle-manifest"),
  words: hexWords("0a", "12", "1a", "22", "2a", "3207", "3a023001", "ffffffffffffffffff01", "289b848408", "80"),
  read(input) {
    const read = counted(input, 8, () => readModuleManifest(input));
    if (read.ok) checkValues(read.value.package, read.value.split, read.value.versionCode);
    else guarantee(/^[ -~]{5,200}$/u.test(read.what), "a refusal that is not fit to print");
    return read.ok;
  },
};

/** Manifests of APKs and of bundles. */
export const androidManifestTargets: readonly FuzzTarget[] = [binaryManifest, bundleManifest];
