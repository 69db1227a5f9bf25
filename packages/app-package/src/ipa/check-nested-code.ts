import type { PackageProblem } from "../problem.ts";
import { quoteName } from "../zip/entry-name.ts";
import type { ZipArchive, ZipEntry } from "../zip/zip-archive.ts";
import type { CodeAnchor } from "./apple-anchors.ts";
import { checkExecutable } from "./check-executable.ts";

const MOST_NESTED = 2_000;
const most = { infoPlist: 1024 * 1024, codeResources: 32 * 1024 * 1024 };

/**
 * Checks libraries, frameworks, extensions and whatever else of the app is Mach-O: each signed as the app is, by the same team, with the Info.plist
 * and the resources of its own folder where it names them. Ends at the first that is not.
 */
export async function checkNestedCode(
  archive: ZipArchive,
  entries: readonly ZipEntry[],
  judgement: { readonly anchors: readonly CodeAnchor[]; readonly nowMs: number; readonly teamId: string | null },
): Promise<readonly PackageProblem[]> {
  if (entries.length > MOST_NESTED) return [{ code: "ipa_malformed", detail: `${entries.length} files of code` }];
  for (const entry of entries) {
    const folder = entry.name.slice(0, entry.name.lastIndexOf("/") + 1);
    const infoPlist = await readBeside(archive, `${folder}Info.plist`, most.infoPlist);
    const resources = await readBeside(archive, `${folder}_CodeSignature/CodeResources`, most.codeResources);
    const { signature, problems } = await checkExecutable(archive, entry, {
      anchors: judgement.anchors,
      nowMs: judgement.nowMs,
      infoPlist,
      resources,
      namesBundle: false,
    });
    if (signature === null) return problems;
    if (signature.teamId !== judgement.teamId) {
      return [{ code: "code_team_mismatch", detail: `${quoteName(entry.name)} is another team's` }];
    }
  }
  return [];
}

/** A file that may be there; one that cannot be read does not have the digest that was signed. */
async function readBeside(archive: ZipArchive, name: string, mostBytes: number): Promise<Uint8Array | null> {
  const entry = archive.find(name);
  const read = entry === undefined ? null : await archive.read(entry, mostBytes);
  return read?.ok ? read.value : null;
}
