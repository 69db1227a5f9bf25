import type { PackageProblem } from "../problem.ts";
import { quoteName } from "../zip/entry-name.ts";
import type { ZipArchive, ZipEntry } from "../zip/zip-archive.ts";
import { type CodeJudgement, judgeCodeSignature, type SliceSignature } from "./code-signature.ts";
import { isSameEntitlements } from "./entitlements.ts";
import { readMachO } from "./mach-o.ts";
import { createPageChecker } from "./page-checker.ts";
import { streamRanges } from "./stream-ranges.ts";

/** What an executable's slices agree in; null with at least one problem where its signature does not hold. */
export interface CheckedExecutable {
  readonly signature: SliceSignature | null;
  readonly problems: readonly PackageProblem[];
}

/** Checks a Mach-O file of an archive: every slice's signature, and every page of it. The file goes by twice; code is never held. */
export async function checkExecutable(
  archive: ZipArchive,
  entry: ZipEntry,
  judgement: CodeJudgement,
): Promise<CheckedExecutable> {
  const name = quoteName(entry.name);
  const failed = (...problems: readonly PackageProblem[]): CheckedExecutable => ({ signature: null, problems });
  const read = await streamRanges(archive, entry, readMachO(entry.uncompressedBytes));
  if (!read.ok) return failed(read.problem);
  const slices = read.value ?? { fault: "is cut off" };
  if ("fault" in slices) return failed({ code: "macho_malformed", detail: `${name} ${slices.fault}` });
  if (slices.some(({ isEncrypted }) => isEncrypted)) return failed({ code: "macho_encrypted", detail: name });

  const judged = slices.map((slice) => judgeCodeSignature(slice, judgement));
  const refused = judged.flatMap((each) => (each.ok ? [] : [each.problem]));
  if (refused.length > 0) return failed(...unique(refused, name));
  const signatures = judged.flatMap((each) => (each.ok ? [each.value] : []));
  const [first, ...others] = signatures;
  if (first === undefined) return failed({ code: "macho_malformed", detail: `${name} has no slice` });
  if (!others.every((other) => agree(first, other))) return failed({ code: "slices_disagree", detail: name });

  const checker = createPageChecker(
    slices.map(({ offset }, index) => ({ offset, directories: signatures[index]?.directories ?? [] })),
  );
  const streamed = await archive.stream(entry, checker.update);
  if (!streamed.ok) return failed(streamed.problem);
  const page = checker.end();
  if (page !== null) return failed({ code: "code_page_mismatch", detail: `${name} at byte ${page}` });
  return { signature: first, problems: [] };
}

function agree(left: SliceSignature, right: SliceSignature): boolean {
  const isSame =
    left.entitlements === null || right.entitlements === null
      ? left.entitlements === right.entitlements
      : isSameEntitlements(left.entitlements, right.entitlements);
  return (
    isSame &&
    left.identifier === right.identifier &&
    left.teamId === right.teamId &&
    left.isAppStore === right.isAppStore
  );
}

/** One problem of each code, named by its file. */
function unique(problems: readonly PackageProblem[], name: string): readonly PackageProblem[] {
  const byCode = new Map(problems.map(({ code, detail }) => [code, { code, detail: `${name}: ${detail}` }]));
  return [...byCode.values()];
}
