import { bytesEqual } from "@countersign/asn1";
import type { PackageProblem } from "../problem.ts";
import type { ContentDigests } from "./content-digests.ts";
import type { Lineage } from "./lineage.ts";
import type { ContentDigestKind } from "./signature-algorithm.ts";
import type { ApkSigner } from "./signer.ts";

/** What a scheme's block says once its signatures are verified; whether it holds for the content is not yet known. */
export interface SchemeBlock<Signer extends ApkSigner = ApkSigner> {
  readonly signers: readonly Signer[];
  readonly problems: readonly PackageProblem[];
}

/** A v3 signer with what its attributes were found to say. */
export interface V3Signer extends ApkSigner {
  readonly lineage: Lineage | null;
  /** Made for the release after `minSdk`, while that has no API level yet: no released device of `minSdk` takes it. */
  readonly devRelease: boolean;
}

export function problem(code: PackageProblem["code"], detail: string): PackageProblem {
  return { code, detail };
}

/** The content digests that a block's good signatures rest on. */
export function digestKinds(block: SchemeBlock): ReadonlySet<ContentDigestKind> {
  return new Set(block.signers.flatMap(({ content }) => [...content]));
}

/** Every signed digest of a kind that some signature of the block rests on is the content's (apksig, `verifyIntegrity`). */
export function checkContent(block: SchemeBlock, actual: ContentDigests): readonly PackageProblem[] {
  const kinds = digestKinds(block);
  const wrong = block.signers.flatMap(({ digests }) =>
    digests.filter(({ kind, value }) => {
      const content = actual.get(kind);
      return kinds.has(kind) && (content === undefined || !bytesEqual(content, value));
    }),
  );
  return wrong.slice(0, 1).map(({ kind }) => problem("apk_content_digest", `the ${kind} digest differs`));
}
