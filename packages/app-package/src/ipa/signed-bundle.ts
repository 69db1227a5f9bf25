import { parsePlist } from "../plist/parse-plist.ts";
import { isDictionary, type PlistDictionary, textAt } from "../plist/plist-value.ts";
import type { PackageProblem, Read } from "../problem.ts";
import { quoteName } from "../zip/entry-name.ts";
import type { ZipArchive } from "../zip/zip-archive.ts";

/** Bytes at most of each file of a bundle that is read whole. */
const most = { infoPlist: 1024 * 1024, codeResources: 32 * 1024 * 1024, profile: 1024 * 1024 };
const identifier = /^[A-Za-z0-9._-]{1,155}$/;
const fileName = /^[^/\0]{1,255}$/;
/** Keys by which the system tells bundles apart. */
const identityKeys = ["CFBundleIdentifier", "CFBundleExecutable", "CFBundleVersion", "CFBundleShortVersionString"];

/** What a bundle's Info.plist says of it. */
export interface BundleInfo {
  readonly list: PlistDictionary;
  /** The file as it stands. */
  readonly bytes: Uint8Array;
  readonly identifier: string;
  /** Name of a file beside it. */
  readonly executable: string;
}

/** Reads the Info.plist of the bundle in `folder`, a path that ends in a slash; null where there is none. */
export async function readBundleInfo(archive: ZipArchive, folder: string): Promise<Read<BundleInfo | null>> {
  const read = await readBeside(archive, `${folder}Info.plist`, most.infoPlist);
  if (!read.ok) return read;
  if (read.value === null) return { ok: true, value: null };
  const list = parsePlist(read.value) ?? undefined;
  if (!isDictionary(list)) return refuse("Info.plist cannot be read");
  const named = textAt(list, "CFBundleIdentifier");
  const executable = textAt(list, "CFBundleExecutable");
  if (named === null || executable === null) return refuse("Info.plist names no identifier or no executable");
  if (!identifier.test(named) || !fileName.test(executable)) {
    return refuse("Info.plist has an identifier or an executable of no usual form");
  }
  // Core Foundation lets `Key-iphoneos` or `Key~ipad` stand in for `Key`.
  const variant = [...list.keys()].find((key) => identityKeys.some((each) => isVariant(key, each)));
  if (variant !== undefined) return refuse(`Info.plist has ${quoteName(variant)} for some devices alone`);
  return { ok: true, value: { list, bytes: read.value, identifier: named, executable } };
}

/** The list of what a bundle's signature seals; null where there is none. */
export function readCodeResources(archive: ZipArchive, folder: string): Promise<Read<Uint8Array | null>> {
  return readBeside(archive, `${folder}_CodeSignature/CodeResources`, most.codeResources);
}

/** The provisioning profile in a bundle; null where there is none. */
export function readProfile(archive: ZipArchive, folder: string): Promise<Read<Uint8Array | null>> {
  return readBeside(archive, `${folder}embedded.mobileprovision`, most.profile);
}

async function readBeside(archive: ZipArchive, name: string, mostBytes: number): Promise<Read<Uint8Array | null>> {
  const entry = archive.find(name);
  return entry === undefined ? { ok: true, value: null } : archive.read(entry, mostBytes);
}

function isVariant(key: string, base: string): boolean {
  return key.startsWith(`${base}-`) || key.startsWith(`${base}~`);
}

function refuse(detail: string): Read<never> {
  const problem: PackageProblem = { code: "plist_malformed", detail };
  return { ok: false, problem };
}
