import type { PackageProblem } from "../problem.ts";
import { quoteName } from "../zip/entry-name.ts";
import type { ZipArchive, ZipEntry } from "../zip/zip-archive.ts";
import { appIdProblem, isDebuggable } from "./app-identity.ts";
import type { BundleFile } from "./bundle-files.ts";
import { type CheckedExecutable, checkExecutable } from "./check-executable.ts";
import { judgeProfile } from "./check-profile.ts";
import { checkResources } from "./code-resources.ts";
import { readBundleInfo, readCodeResources, readProfile } from "./signed-bundle.ts";
import type { Trust } from "./signer-policy.ts";

const MOST_NESTED = 2_000;
const MOST_FAILED = 16;
const MOST_LIST_BYTES = 64 * 1024 * 1024;
/** What the system runs as a program of its own: apps (of a watch, clips) and extensions. */
const programFolder = /\.(?:app|appex)\/$/;
/** Apple's own stub, which Xcode copies into apps of a watch. It is signed by no team, and a file like others to the app that holds it. */
const watchStub = /(?:^|\/)_WatchKitStub\/WK$/;

/** What the app that holds nested code says of itself. */
export interface Host {
  readonly root: string;
  readonly teamId: string | null;
  readonly identifier: string;
}

export interface CheckedNestedCode {
  /** At most one of each code. */
  readonly problems: readonly PackageProblem[];
  /** An App ID for each program in the app. */
  readonly warnings: readonly PackageProblem[];
}

interface Nested {
  readonly problems: readonly PackageProblem[];
  readonly warning?: PackageProblem;
}

/**
 * Checks libraries, frameworks, extensions and whatever else of the app is Mach-O: each signed as the app is, by the same team, with the Info.plist and
 * the resources of its own folder where that is its bundle. Programs have an App ID below the app's, and a profile that allows it. Ends after some that fail.
 */
export async function checkNestedCode(
  archive: ZipArchive,
  files: readonly BundleFile[],
  host: Host,
  trust: Trust,
): Promise<CheckedNestedCode> {
  const code = files.filter(({ isMachO, path }) => isMachO && !watchStub.test(path));
  const listBytes = code.reduce((sum, { entry }) => sum + listBytesBeside(archive, entry, host.root), 0);
  if (code.length > MOST_NESTED || listBytes > MOST_LIST_BYTES) {
    const detail = `${code.length} files of code, ${listBytes} bytes of property lists beside them`;
    return { problems: [{ code: "ipa_malformed", detail }], warnings: [] };
  }
  const problems = new Map<string, PackageProblem>();
  const warnings: PackageProblem[] = [];
  let failed = 0;
  for (const file of code) {
    const nested = await checkOne(archive, files, file, host, trust);
    for (const problem of nested.problems) if (!problems.has(problem.code)) problems.set(problem.code, problem);
    if (nested.warning !== undefined) warnings.push(nested.warning);
    if (nested.problems.length > 0) failed += 1;
    if (failed === MOST_FAILED) break;
  }
  return { problems: [...problems.values()], warnings };
}

async function checkOne(
  archive: ZipArchive,
  files: readonly BundleFile[],
  { entry, path }: BundleFile,
  host: Host,
  trust: Trust,
): Promise<Nested> {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const name = path.slice(folder.length);
  const folderInArchive = entry.name.slice(0, entry.name.lastIndexOf("/") + 1);
  const isApart = folderInArchive !== host.root;
  const info = isApart ? await readBundleInfo(archive, folderInArchive) : ({ ok: true, value: null } as const);
  if (!info.ok) return { problems: [inFile(info.problem, path)] };
  const isBundle = info.value !== null && info.value.executable.normalize("NFC") === name;
  if (!isBundle) {
    const checked = await checkExecutable(archive, entry, {
      ...trust,
      infoPlist: info.value?.bytes ?? null,
      resources: null,
      namesBundle: false,
    });
    return { problems: [...checked.problems, ...teamProblems(checked, path, host)] };
  }
  const resources = await readCodeResources(archive, folderInArchive);
  if (!resources.ok) return { problems: [inFile(resources.problem, path)] };
  const checked = await checkExecutable(archive, entry, {
    ...trust,
    infoPlist: info.value.bytes,
    resources: resources.value,
    namesBundle: true,
  });
  const sealed = resources.value === null ? null : checkResources(files, folder, name, resources.value);
  const problems = [...checked.problems, ...teamProblems(checked, path, host), ...(sealed === null ? [] : [sealed])];
  if (!programFolder.test(folder) || checked.signature === null) return { problems };

  const profile = await readProfile(archive, folderInArchive);
  if (!profile.ok) return { problems: [...problems, inFile(profile.problem, path)] };
  const isBelow = info.value.identifier.startsWith(`${host.identifier}.`);
  const identity = !isBelow
    ? "its identifier does not begin with the app's"
    : checked.isProgram
      ? appIdProblem(checked.signature, info.value.identifier)
      : "its executable is no program";
  if (identity !== null) problems.push(inFile({ code: "code_identity_mismatch", detail: identity }, path));
  problems.push(...judgeProfile(profile.value, checked.signature, trust).map((problem) => inFile(problem, path)));
  const appId = checked.signature.entitlements?.get("application-identifier");
  const named = typeof appId === "string" ? quoteName(appId) : "of no App ID";
  const detail = `${quoteName(folder)} is ${named}${isDebuggable(checked.signature) ? ", and debuggable" : ""}`;
  return { problems, warning: { code: "ipa_nested_app", detail } };
}

/** Bytes of what is parsed for a file of code: the work is bounded though many files share a folder. */
function listBytesBeside(archive: ZipArchive, { name }: ZipEntry, root: string): number {
  const folder = name.slice(0, name.lastIndexOf("/") + 1);
  if (folder === root) return 0;
  const beside = ["Info.plist", "_CodeSignature/CodeResources"].map((file) => archive.find(folder + file));
  return beside.reduce((sum, entry) => sum + (entry?.uncompressedBytes ?? 0), 0);
}

function teamProblems({ signature }: CheckedExecutable, path: string, { teamId }: Host): readonly PackageProblem[] {
  return signature === null || signature.teamId === teamId
    ? []
    : [{ code: "code_team_mismatch", detail: `${quoteName(path)} is another team's` }];
}

function inFile({ code, detail }: PackageProblem, path: string): PackageProblem {
  return { code, detail: `${quoteName(path)}: ${detail}` };
}
