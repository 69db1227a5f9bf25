import type { PackageProblem } from "../problem.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { ZipEnd } from "../zip/end-of-central-directory.ts";
import { digestContent } from "./content-digests.ts";
import type { Lineage } from "./lineage.ts";
import { checkContent, problem, type V3Signer } from "./scheme.ts";
import { neededDigests, type SchemeBlocks, type SdkRange, verifyBlocks } from "./scheme-blocks.ts";
import { checkV3Signers, firstSdk } from "./scheme-v3.ts";
import { checkV4Signer, checkV4Tree, readV4Signature } from "./scheme-v4.ts";
import type { ApkSigner } from "./signer.ts";
import { readSigningBlock, sourceStampBlock } from "./signing-block.ts";
import { createVerityTree } from "./verity-tree.ts";

/** What the APK Signing Block and the v4 signature file say. Signers of a scheme stand here where it held, else null. */
export interface SchemesVerdict {
  readonly v2: readonly ApkSigner[] | null;
  readonly v3: readonly V3Signer[] | null;
  readonly v31: readonly V3Signer[] | null;
  /** The hybrid signer of Android 17: the post-quantum one. */
  readonly v32: V3Signer | null;
  readonly v4: boolean;
  /** The past of the newest signer. */
  readonly lineage: Lineage | null;
  /** The past that v3.1 or v3 proves: what older schemes' signers must be the beginning of. */
  readonly proven: Lineage | null;
  /** Schemes whose blocks were found, whether or not they held, by number. */
  readonly found: ReadonlySet<number>;
  /** Where the signing block begins; null where there is none, or no device of the range looks for it. */
  readonly blockOffset: number | null;
  /** The block of the source stamp, not yet verified. */
  readonly stampBlock: Uint8Array | null;
  /** Of the newest scheme that does not hold: nothing older is judged then. */
  readonly problems: readonly PackageProblem[];
}

type Draft = { -readonly [Key in keyof SchemesVerdict]: SchemesVerdict[Key] };

const pageBytes = 4096;

/**
 * Verifies the schemes of the APK Signing Block, and v4 where its file is given, for devices of the range. Signatures first, then one pass
 * over the file for every digest that they need.
 */
export async function verifySchemes(
  source: ByteSource,
  end: ZipEnd,
  range: SdkRange,
  v4: ByteSource | null,
): Promise<SchemesVerdict> {
  const draft: Draft = {
    v2: null,
    v3: null,
    v31: null,
    v32: null,
    v4: false,
    lineage: null,
    proven: null,
    found: new Set(),
    blockOffset: null,
    stampBlock: null,
    problems: [],
  };
  const failed = (...problems: readonly PackageProblem[]): SchemesVerdict => ({ ...draft, problems });
  const signingBlock = await readSigningBlock(source, end);
  const stampBlock = signingBlock.ok ? signingBlock.value?.blocks.get(sourceStampBlock) : undefined;
  draft.stampBlock = stampBlock ?? null;
  if (range.maxSdk < firstSdk.v2) return draft;
  if (!signingBlock.ok) return failed(signingBlock.problem);
  draft.blockOffset = signingBlock.value?.offset ?? null;
  const blocks = verifyBlocks(signingBlock.value, range);
  draft.found = blocks.found;

  const kinds = neededDigests(blocks);
  const offset = draft.blockOffset ?? end.directoryOffset;
  if (kinds.has("verity") && (offset % pageBytes !== 0 || end.directoryOffset % pageBytes !== 0))
    return failed(problem("apk_verity_alignment", "the APK Signing Block is not whole pages"));
  const signature = v4 === null ? null : await readV4Signature(v4, source.size);
  const tree = signature?.ok ? createVerityTree(new Uint8Array()) : null;
  const digests = await digestContent(source, offset, end, kinds, tree);

  for (const judge of [judgeV32, judgeV31, judgeV3, judgeV2]) {
    const problems = judge(blocks, range, draft, (block) => checkContent(block, digests));
    if (problems.length > 0) return failed(...problems);
  }
  if (v4 === null || signature === null) return draft;
  if (!signature.ok) return failed(signature.problem);
  const treeProblem = tree && (await checkV4Tree(v4, signature.value, tree, source.size));
  if (treeProblem !== null) return failed(treeProblem);
  draft.v4 = true;
  const [first, second, ...others] = signature.value.signers;
  const signers = draft.v3 ?? draft.v2;
  const mismatch =
    others.length > 0 || signers?.length !== 1 || (second !== undefined) !== (draft.v31 !== null)
      ? problem("apk_v4_mismatch", "there is not one v4 signer for each signer in the APK")
      : (checkV4Signer(first, signers[0]) ?? (draft.v31 && checkV4Signer(second, draft.v31[0])));
  return mismatch === null ? draft : failed(mismatch);
}

type CheckContent = (block: NonNullable<SchemeBlocks["v2"]>) => readonly PackageProblem[];

function judgeV32({ v32 }: SchemeBlocks, _: SdkRange, draft: Draft, check: CheckContent): readonly PackageProblem[] {
  if (v32 === null) return [];
  const problems = [...v32.problems, ...check(v32)];
  if (problems.length > 0) return problems;
  draft.v32 = v32.postQuantum;
  draft.lineage = v32.lineage;
  return [];
}

function judgeV31(blocks: SchemeBlocks, range: SdkRange, draft: Draft, check: CheckContent): readonly PackageProblem[] {
  const { v31, rotation } = blocks;
  if (v31 === null) return [];
  const broken = [...v31.problems, ...check(v31)];
  if (broken.length > 0) return broken;
  // Signers that begin above the range take over on no device of it.
  const maxSdk = Math.max(lastBefore(blocks, range, null), rotation ?? 0);
  const { problems, lineage } = checkV3Signers(v31.signers, maxSdk, maxSdk);
  if (problems.length > 0) return problems;
  draft.v31 = v31.signers;
  draft.proven = lineage;
  draft.lineage ??= lineage;
  return [];
}

function judgeV3(blocks: SchemeBlocks, range: SdkRange, draft: Draft, check: CheckContent): readonly PackageProblem[] {
  const { v3, v31, v32, rotation } = blocks;
  if (v3 === null && range.maxSdk >= firstSdk.v3 && (v31 ?? v32) !== null)
    return [problem("apk_rotation", "there is a v3.1 or v3.2 block without a v3 block")];
  if (v3 === null) return [];
  const broken = [...v3.problems, ...check(v3)];
  if (broken.length > 0) return broken;
  const minSdk = Math.max(range.minSdk, firstSdk.v3);
  const { problems, lineage } = checkV3Signers(v3.signers, minSdk, lastBefore(blocks, range, rotation));
  if (problems.length > 0) return problems;
  draft.v3 = v3.signers;
  draft.proven ??= lineage;
  draft.lineage ??= lineage;
  return [];
}

/** The last API level that a block must have a signer for: before the one where the next block takes over. */
function lastBefore({ v32 }: SchemeBlocks, { maxSdk }: SdkRange, rotation: number | null): number {
  if (rotation !== null) return rotation - 1;
  const [hybrid] = v32?.signers ?? [];
  return hybrid !== undefined && hybrid.maxSdk >= maxSdk ? Math.min(maxSdk, hybrid.minSdk - 1) : maxSdk;
}

function judgeV2({ v2 }: SchemeBlocks, _: SdkRange, draft: Draft, check: CheckContent): readonly PackageProblem[] {
  if (v2 === null) return [];
  const problems = [...v2.problems, ...check(v2)];
  if (problems.length === 0) draft.v2 = v2.signers;
  return problems;
}
