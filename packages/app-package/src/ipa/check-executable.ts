import { bytesEqual } from "@countersign/asn1";
import type { PackageProblem, Read } from "../problem.ts";
import { quoteName } from "../zip/entry-name.ts";
import type { ZipArchive, ZipEntry } from "../zip/zip-archive.ts";
import { type CodeJudgement, judgeCodeSignature, type SliceSignature } from "./code-signature.ts";
import { isSameEntitlements } from "./entitlements.ts";
import { type MachOSlice, readMachO } from "./mach-o.ts";
import { createPageChecker } from "./page-checker.ts";
import { streamRanges } from "./stream-ranges.ts";

/** What an executable's slices agree in, and everything that keeps its signature from holding. */
export interface CheckedExecutable {
  /** Null where it could not be read. */
  readonly signature: SliceSignature | null;
  /** True where every slice is a program, not a library. */
  readonly isProgram: boolean;
  /** At most one of each code. */
  readonly problems: readonly PackageProblem[];
}

/** Checks a Mach-O file of an archive: every slice's signature, and every page of it. The file goes by twice; code is never held. */
export async function checkExecutable(
  archive: ZipArchive,
  entry: ZipEntry,
  judgement: CodeJudgement,
): Promise<CheckedExecutable> {
  const name = quoteName(entry.name);
  const failed = (...problems: readonly PackageProblem[]): CheckedExecutable => ({
    signature: null,
    isProgram: false,
    problems,
  });
  const read = await streamRanges(archive, entry, readMachO(entry.uncompressedBytes));
  if (!read.ok) return failed(read.problem);
  const slices = read.value ?? { fault: "is cut off" };
  if ("fault" in slices) return failed({ code: "macho_malformed", detail: `${name} ${slices.fault}` });

  const judged = slices.map((slice) => judgeCodeSignature(slice, judgement));
  const problems = judged.flatMap((each) => each.problems);
  const signatures = judged.map(({ signature }) => signature).filter((signature) => signature !== null);
  const [first, ...others] = signatures;
  const isWhole = first !== undefined && signatures.length === slices.length;
  if (isWhole && !others.every((other) => agree(first, other))) {
    problems.push({ code: "slices_disagree", detail: "its slices are not signed alike" });
  }
  if (slices.some(({ isEncrypted }) => isEncrypted)) {
    problems.push({ code: "macho_encrypted", detail: "its pages are not those that run" });
  } else if (isWhole) {
    const page = await findWrongPage(archive, entry, slices, signatures);
    if (!page.ok) return failed(page.problem);
    if (page.value !== null) problems.push({ code: "code_page_mismatch", detail: `at byte ${page.value}` });
  }
  return {
    signature: first ?? null,
    isProgram: slices.every(({ isExecutable }) => isExecutable),
    problems: oneOfEach(problems, name),
  };
}

async function findWrongPage(
  archive: ZipArchive,
  entry: ZipEntry,
  slices: readonly MachOSlice[],
  signatures: readonly SliceSignature[],
): Promise<Read<number | null>> {
  const checker = createPageChecker(
    slices.map(({ offset }, index) => ({ offset, directories: signatures[index]?.directories ?? [] })),
  );
  const streamed = await archive.stream(entry, checker.update);
  return streamed.ok ? { ok: true, value: checker.end() } : streamed;
}

function agree(left: SliceSignature, right: SliceSignature): boolean {
  const isSame =
    left.entitlements === null || right.entitlements === null
      ? left.entitlements === right.entitlements
      : isSameEntitlements(left.entitlements, right.entitlements);
  const isSameSigner =
    left.signer === null || right.signer === null
      ? left.signer === right.signer
      : bytesEqual(left.signer.der, right.signer.der);
  return isSame && isSameSigner && left.identifier === right.identifier && left.teamId === right.teamId;
}

/** One problem of each code, named by its file. */
function oneOfEach(problems: readonly PackageProblem[], name: string): readonly PackageProblem[] {
  const byCode = new Map<string, PackageProblem>();
  for (const { code, detail } of problems) {
    if (!byCode.has(code)) byCode.set(code, { code, detail: `${name}: ${detail}` });
  }
  return [...byCode.values()];
}
