import { parsePlist } from "../plist/parse-plist.ts";
import { isDictionary, type PlistDictionary, textAt } from "../plist/plist-value.ts";
import type { PackageProblem, Read } from "../problem.ts";
import type { ZipArchive, ZipEntry } from "../zip/zip-archive.ts";

const most = { infoPlist: 1024 * 1024, codeResources: 32 * 1024 * 1024, profile: 4 * 1024 * 1024 };
const appFolder = /^Payload\/[^/]+\.app\//;
const identifier = /^[A-Za-z0-9.-]{1,155}$/;
const fileName = /^[^/\0]{1,255}$/;

/** The one app of an IPA: what its signature is judged with. */
export interface AppBundle {
  /** `Payload/Name.app/` */
  readonly root: string;
  readonly info: PlistDictionary;
  readonly identifier: string;
  readonly executable: ZipEntry;
  readonly infoPlist: Uint8Array;
  readonly codeResources: Uint8Array;
  readonly profile: Uint8Array | null;
}

/** Reads the files that say who the app is; refused where there is not exactly one app, or it lacks what every app has. */
export async function readAppBundle(archive: ZipArchive): Promise<Read<AppBundle>> {
  const roots = new Set(
    archive.entries.map(({ name }) => appFolder.exec(name)?.[0]).filter((root) => root !== undefined),
  );
  const [root] = roots;
  if (root === undefined || roots.size !== 1) return refuse("ipa_malformed", `${roots.size} apps under Payload`);
  const infoPlist = await readFile(archive, `${root}Info.plist`, most.infoPlist);
  if (!infoPlist.ok) return infoPlist;
  const info = parsePlist(infoPlist.value) ?? undefined;
  const bundleIdentifier = isDictionary(info) ? textAt(info, "CFBundleIdentifier") : null;
  const executableName = isDictionary(info) ? textAt(info, "CFBundleExecutable") : null;
  if (!isDictionary(info) || bundleIdentifier === null || executableName === null) {
    return refuse("plist_malformed", "Info.plist names no identifier or no executable");
  }
  if (!identifier.test(bundleIdentifier) || !fileName.test(executableName)) {
    return refuse("plist_malformed", "Info.plist has an identifier or an executable of no usual form");
  }
  const executable = archive.find(`${root}${executableName}`);
  if (executable === undefined) return refuse("ipa_malformed", "there is no executable of the name in Info.plist");
  const codeResources = await readFile(archive, `${root}_CodeSignature/CodeResources`, most.codeResources);
  if (!codeResources.ok) return codeResources;
  const profileEntry = archive.find(`${root}embedded.mobileprovision`);
  const profile = profileEntry === undefined ? null : await archive.read(profileEntry, most.profile);
  if (profile !== null && !profile.ok) return profile;
  return {
    ok: true,
    value: {
      root,
      info,
      identifier: bundleIdentifier,
      executable,
      infoPlist: infoPlist.value,
      codeResources: codeResources.value,
      profile: profile?.value ?? null,
    },
  };
}

async function readFile(archive: ZipArchive, name: string, mostBytes: number): Promise<Read<Uint8Array>> {
  const entry = archive.find(name);
  return entry === undefined
    ? refuse("ipa_malformed", `there is no ${name.replace(appFolder, "")}`)
    : archive.read(entry, mostBytes);
}

function refuse(code: PackageProblem["code"], detail: string): Read<never> {
  return { ok: false, problem: { code, detail } };
}
