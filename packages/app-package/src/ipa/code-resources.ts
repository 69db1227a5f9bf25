import { bytesEqual } from "@countersign/asn1";
import { parsePlist } from "../plist/parse-plist.ts";
import { isDictionary, type PlistDictionary, type PlistValue } from "../plist/plist-value.ts";
import type { PackageProblem } from "../problem.ts";
import { quoteName } from "../zip/entry-name.ts";
import type { BundleFile } from "./bundle-files.ts";

/** Files of a bundle that no list of resources names: what the code directory covers itself, and what Finder and the App Store leave behind. */
const unlisted: readonly RegExp[] = [
  /^Info\.plist$/,
  /^PkgInfo$/,
  /^_CodeSignature\/CodeResources$/,
  /(?:^|\/)\.DS_Store$/,
  /\.lproj\/locversion\.plist$/,
  /^SC_Info\/[^/]+$/,
];

/**
 * Compares the files of a bundle, below `folder`, with the list that its code directory covers (CodeResources, version 2): SHA-256, none missing that is
 * not optional, none unlisted but those no list names. The list's own rules are not asked: they are patterns of whoever made the file. `executable` is
 * the bundle's own, which its pages vouch for. Null where all is as signed.
 */
export function checkResources(
  files: readonly BundleFile[],
  folder: string,
  executable: string,
  codeResources: Uint8Array,
): PackageProblem | null {
  const listed = readList(codeResources);
  if (listed === null) return { code: "plist_malformed", detail: `${quoteName(folder)}: CodeResources has no files2` };
  const seen = new Set<string>();
  for (const { path: whole, sha256 } of files) {
    if (!whole.startsWith(folder)) continue;
    const path = whole.slice(folder.length);
    if (path === executable) continue;
    seen.add(path);
    const expected = listed.get(path);
    if (expected === undefined && !unlisted.some((pattern) => pattern.test(path))) {
      return mismatch(`${quoteName(whole)} was not signed`);
    }
    if (expected !== undefined && !hasDigest(expected, sha256)) {
      return mismatch(`${quoteName(whole)} is not what was signed`);
    }
  }
  for (const [path, expected] of listed) {
    const isOptional = isDictionary(expected) && expected.get("optional") === true;
    if (!seen.has(path) && path !== executable && !isOptional) {
      return mismatch(`${quoteName(folder + path)} is missing`);
    }
  }
  return null;
}

/** `files2` by path in composed Unicode; null where there is none, or two of its paths are one. */
function readList(codeResources: Uint8Array): PlistDictionary | null {
  const list = parsePlist(codeResources) ?? undefined;
  const files = isDictionary(list) ? list.get("files2") : undefined;
  if (!isDictionary(files)) return null;
  const composed = new Map([...files].map(([path, expected]) => [path.normalize("NFC"), expected]));
  return composed.size === files.size ? composed : null;
}

function mismatch(detail: string): PackageProblem {
  return { code: "resource_mismatch", detail };
}

/** `{hash2, …}` with the file's SHA-256. A link's entry has none, and an app of a phone has no links. */
function hasDigest(expected: PlistValue, sha256: Uint8Array): boolean {
  const named = isDictionary(expected) ? expected.get("hash2") : undefined;
  return named instanceof Uint8Array && bytesEqual(named, sha256);
}
