import type { PackageProblem, Read } from "../problem.ts";
import { quoteName } from "../zip/entry-name.ts";
import type { ZipArchive, ZipEntry } from "../zip/zip-archive.ts";
import { type BundleInfo, readBundleInfo, readCodeResources, readProfile } from "./signed-bundle.ts";

const appFolder = /^Payload\/[^/]+\.app\//;
const besideApps = /^Payload\/(?:\.DS_Store)?$/;
/** Where Core Foundation would look for a bundle's Info.plist before it takes the one in the bundle's folder (CFBundle_InfoPlist.c, CFBundle_Internal.h). */
const otherInfo =
  /^(?:(?:Resources|Support Files|Contents)\/Info(?:-iphoneos)?\.plist|Info-iphoneos\.plist|WrappedBundle(?:\/.*)?)$/i;

/** The one app of an IPA: what its signature is judged with. */
export interface AppBundle {
  /** `Payload/Name.app/` */
  readonly root: string;
  readonly info: BundleInfo;
  readonly executable: ZipEntry;
  readonly codeResources: Uint8Array;
  readonly profile: Uint8Array | null;
}

/** Reads the files that say who the app is; refused where there is not exactly one app, or it lacks what every app has. */
export async function readAppBundle(archive: ZipArchive): Promise<Read<AppBundle>> {
  const root = findRoot(archive);
  if (!root.ok) return root;
  const info = await readBundleInfo(archive, root.value);
  if (!info.ok) return info;
  if (info.value === null) return refuse("there is no Info.plist");
  const executable = archive.find(`${root.value}${info.value.executable}`);
  if (executable === undefined) return refuse("there is no executable of the name in Info.plist");
  const codeResources = await readCodeResources(archive, root.value);
  if (!codeResources.ok) return codeResources;
  if (codeResources.value === null) return refuse("there is no _CodeSignature/CodeResources");
  const profile = await readProfile(archive, root.value);
  if (!profile.ok) return profile;
  return {
    ok: true,
    value: {
      root: root.value,
      info: info.value,
      executable,
      codeResources: codeResources.value,
      profile: profile.value,
    },
  };
}

function findRoot(archive: ZipArchive): Read<string> {
  let root: string | null = null;
  for (const { name } of archive.entries) {
    if (!name.startsWith("Payload/") || besideApps.test(name)) continue;
    const found = appFolder.exec(name)?.[0];
    if (found === undefined) return refuse(`Payload holds ${quoteName(name)}, which is in no app`);
    if (root !== null && found !== root) return refuse("Payload holds two apps");
    root = found;
    if (otherInfo.test(name.slice(root.length))) return refuse(`${quoteName(name)} could be read for Info.plist`);
  }
  return root === null ? refuse("Payload holds no app") : { ok: true, value: root };
}

function refuse(detail: string): Read<never> {
  const problem: PackageProblem = { code: "ipa_malformed", detail };
  return { ok: false, problem };
}
