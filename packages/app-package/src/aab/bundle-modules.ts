import { manifestProblems } from "../android-manifest/manifest-problems.ts";
import { manifestMaximumBytes } from "../android-manifest/read-android-manifest.ts";
import type { PackageProblem, PackageProblemCode, Read } from "../problem.ts";
import { quoteName } from "../zip/entry-name.ts";
import type { ZipArchive } from "../zip/zip-archive.ts";
import { aabProblems } from "./aab-problems.ts";
import { type ModuleManifest, readModuleManifest } from "./module-manifest.ts";

/** What a bundle's modules say together. */
export interface BundleModules {
  /** Null where it could not be read. */
  readonly base: ModuleManifest | null;
  readonly problems: readonly PackageProblem[];
}

// More tell nothing more; an archive has room for 65,534 modules.
const maximumProblems = 50;

/** Folders at the top that are no modules. */
const notModules: ReadonlySet<string> = new Set(["META-INF", "BUNDLE-METADATA"]);

/**
 * Reads the manifest of every module of a bundle: every folder at the top but `META-INF` and `BUNDLE-METADATA`. What is installed first is made of
 * the base module, and the others come under its identity: none may say otherwise.
 */
export async function readBundleModules(archive: ZipArchive): Promise<BundleModules> {
  const problems: PackageProblem[] = [];
  if (archive.find("BundleConfig.pb") === undefined) problems.push(problem("aab_config_missing"));
  const modules = moduleNames(archive);
  if (!modules.has("base")) problems.push(problem("aab_base_missing"));

  // The base first: of every other module is kept only what it says otherwise.
  let base: ModuleManifest | null = null;
  for (const name of [...modules].toSorted((one, other) => Number(other === "base") - Number(one === "base"))) {
    if (problems.length >= maximumProblems) break;
    const manifest = await readManifest(archive, name);
    if (!manifest.ok) {
      problems.push(manifest.problem);
      continue;
    }
    if (name === "base") base = manifest.value;
    const differing = base === null ? [] : disagreements(name, manifest.value, base);
    if (differing.length > 0)
      problems.push(problem("aab_modules_disagree", `${quoteName(name)}: ${differing.join(", ")}`));
  }
  return { base, problems };
}

async function readManifest(archive: ZipArchive, name: string): Promise<Read<ModuleManifest>> {
  const entry = archive.find(`${name}/manifest/AndroidManifest.xml`);
  if (entry === undefined) return { ok: false, problem: problem("aab_module_manifest_missing", quoteName(name)) };
  const bytes = await archive.read(entry, manifestMaximumBytes);
  if (!bytes.ok) return bytes;
  const manifest = readModuleManifest(bytes.value);
  return manifest.ok
    ? manifest
    : { ok: false, problem: problem(manifest.code, `${quoteName(name)}: ${manifest.what}`) };
}

function moduleNames(archive: ZipArchive): ReadonlySet<string> {
  const tops = archive.entries.filter(({ name }) => name.includes("/")).map(({ name }) => name.split("/", 1)[0] ?? "");
  return new Set(tops.filter((top) => !notModules.has(top)));
}

/** What the base module says where it does not say it. */
export function effectiveSdk({ minSdk, targetSdk }: ModuleManifest) {
  const least = Math.max(1, minSdk ?? 1);
  return { minSdk: least, targetSdk: targetSdk ?? least };
}

/** Which of what a module declares is not so. Asset packs declare little; a feature may ask for a later API level. */
function disagreements(name: string, manifest: ModuleManifest, base: ModuleManifest): readonly string[] {
  const { minSdk, targetSdk } = effectiveSdk(base);
  const { versionCode, debuggable } = manifest;
  const differs = {
    package: manifest.package !== base.package,
    split: manifest.split !== (name === "base" ? "" : name),
    versionCode: versionCode !== undefined && versionCode !== (base.versionCode ?? 0),
    minSdkVersion: (manifest.minSdk ?? minSdk) < minSdk,
    targetSdkVersion: (manifest.targetSdk ?? targetSdk) !== targetSdk,
    debuggable: debuggable !== undefined && debuggable !== (base.debuggable ?? false),
  };
  return Object.entries(differs).flatMap(([what, is]) => (is ? [what] : []));
}

const texts: Readonly<Partial<Record<PackageProblemCode, string>>> = { ...aabProblems, ...manifestProblems };

/** A problem in its table's words, and of what. */
export function problem(code: PackageProblemCode, what?: string): PackageProblem {
  return { code, detail: what === undefined ? (texts[code] ?? code) : `${texts[code] ?? code} (${what})` };
}
