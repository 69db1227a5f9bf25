import { createHash } from "node:crypto";
import { bytesEqual } from "@countersign/asn1";
import { parsePlist } from "../plist/parse-plist.ts";
import { isDictionary, type PlistDictionary, type PlistValue } from "../plist/plist-value.ts";
import type { PackageProblem } from "../problem.ts";
import { quoteName } from "../zip/entry-name.ts";
import type { ZipArchive, ZipEntry } from "../zip/zip-archive.ts";
import { isMachO } from "./mach-o.ts";

/** Files of an app that no list of resources names: what the code directory covers itself, and what Finder leaves behind. */
const unlisted: readonly RegExp[] = [
  /^Info\.plist$/,
  /^PkgInfo$/,
  /^_CodeSignature\/CodeResources$/,
  /(?:^|\/)\.DS_Store$/,
  /\.lproj\/locversion\.plist$/,
  /^SC_Info\/[^/]+$/,
];

/** The files of an app compared with the list that was signed. */
export interface CheckedResources {
  readonly problems: readonly PackageProblem[];
  /** Every other file that begins as Mach-O does. */
  readonly nestedCode: readonly ZipEntry[];
}

/**
 * Compares each file below `root` with the list of resources that the code directory covers (CodeResources, version 2): SHA-256, none missing that is
 * not optional, none unlisted but those no list names. The list's own rules are not asked: they are patterns of whoever made the file.
 */
export async function checkResources(
  archive: ZipArchive,
  root: string,
  executable: string,
  codeResources: Uint8Array,
): Promise<CheckedResources> {
  const list = parsePlist(codeResources) ?? undefined;
  const files = isDictionary(list) ? list.get("files2") : undefined;
  if (!isDictionary(files)) {
    return { problems: [{ code: "plist_malformed", detail: "CodeResources has no files2" }], nestedCode: [] };
  }
  const nestedCode: ZipEntry[] = [];
  const seen = new Set<string>();
  for (const entry of archive.entries) {
    const path = entry.name.slice(root.length);
    if (!entry.name.startsWith(root) || path.endsWith("/") || path === "") continue;
    const isOwn = path === executable;
    const expected = files.get(path);
    if (expected === undefined && !isOwn && !unlisted.some((pattern) => pattern.test(path))) {
      return mismatch(`${quoteName(path)} was not signed`);
    }
    seen.add(path);
    if (isOwn) continue;
    const read = await digestAndStart(archive, entry);
    if (!read.ok) return { problems: [read.problem], nestedCode: [] };
    if (expected !== undefined && !hasDigest(expected, read.value.sha256)) {
      return mismatch(`${quoteName(path)} is not what was signed`);
    }
    if (isMachO(read.value.start)) nestedCode.push(entry);
  }
  for (const [path, expected] of files) {
    const isOptional = isDictionary(expected) && expected.get("optional") === true;
    if (!seen.has(path) && !isOptional) return mismatch(`${quoteName(path)} is missing`);
  }
  return { problems: [], nestedCode };
}

function mismatch(detail: string): CheckedResources {
  return { problems: [{ code: "resource_mismatch", detail }], nestedCode: [] };
}

/** `{hash2, …}` with the file's SHA-256. Links are files of other kinds, which an IPA's archive cannot hold here. */
function hasDigest(expected: PlistValue, sha256: Uint8Array): boolean {
  const named = isDictionary(expected) ? (expected as PlistDictionary).get("hash2") : undefined;
  return named instanceof Uint8Array && bytesEqual(named, sha256);
}

async function digestAndStart(archive: ZipArchive, entry: ZipEntry) {
  const hash = createHash("sha256");
  let start = new Uint8Array();
  const streamed = await archive.stream(entry, (piece) => {
    hash.update(piece);
    if (start.length < 8) start = new Uint8Array(Buffer.concat([start, piece.subarray(0, 8 - start.length)]));
  });
  return streamed.ok ? ({ ok: true, value: { sha256: new Uint8Array(hash.digest()), start } } as const) : streamed;
}
