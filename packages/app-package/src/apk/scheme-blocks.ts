import { digestKinds, type SchemeBlock, type V3Signer } from "./scheme.ts";
import { verifyV2Block } from "./scheme-v2.ts";
import { firstSdk, verifyV3Block } from "./scheme-v3.ts";
import { type HybridBlock, verifyV32Block } from "./scheme-v32.ts";
import type { ContentDigestKind } from "./signature-algorithm.ts";
import { type SigningBlock, schemeBlock } from "./signing-block.ts";

export interface SdkRange {
  readonly minSdk: number;
  readonly maxSdk: number;
}

/** The blocks that devices of the range look at, their signatures verified. Null where one is not there, or not looked at. */
export interface SchemeBlocks {
  readonly v32: HybridBlock | null;
  readonly v31: SchemeBlock<V3Signer> | null;
  readonly v3: SchemeBlock<V3Signer> | null;
  readonly v2: SchemeBlock | null;
  /** Where the v3.1 signers begin; null where there are none. */
  readonly rotation: number | null;
  /** Schemes that were found, by the numbers that stripping protection uses. */
  readonly found: ReadonlySet<number>;
}

/** Schemes that stripping protection can name to a device of `maxSdk` (apksig, `getSupportedSchemeNames`). */
export function supportedSchemes(maxSdk: number): ReadonlySet<number> {
  if (maxSdk >= firstSdk.v3) return new Set([2, 3]);
  return new Set(maxSdk >= firstSdk.v2 ? [2] : []);
}

/**
 * Verifies the signers of every block that a device of the range looks at, newest first, as each states what the ones before it hold
 * (apksig, `ApkVerifier.verify`). v2 is looked at by devices below API level 28, and by all where there is nothing newer.
 */
export function verifyBlocks(signingBlock: SigningBlock | null, { minSdk, maxSdk }: SdkRange): SchemeBlocks {
  const block = (id: number, since: number): Uint8Array | undefined =>
    maxSdk >= since ? signingBlock?.blocks.get(id) : undefined;
  const found = new Set<number>();

  const v32Bytes = block(schemeBlock.v32, firstSdk.v32);
  const v32 = v32Bytes ? verifyV32Block(v32Bytes, maxSdk) : null;
  const [hybrid = null] = v32?.signers ?? [];
  if (v32 !== null) found.add(32);

  const v31Bytes = block(schemeBlock.v31, firstSdk.v31);
  const v31 = v31Bytes ? verifyV3Block(v31Bytes, { maxSdk, rotation: null, hybrid, postQuantum: false }) : null;
  const rotation = v31 && v31.signers.length > 0 ? Math.min(...v31.signers.map((signer) => signer.minSdk)) : null;
  if (v31 !== null) found.add(31);

  const v3Bytes = block(schemeBlock.v3, firstSdk.v3);
  const v3 = v3Bytes ? verifyV3Block(v3Bytes, { maxSdk, rotation, hybrid, postQuantum: false }) : null;
  if (v3 !== null) found.add(3);

  const v2Bytes = minSdk < firstSdk.v3 || found.size === 0 ? block(schemeBlock.v2, firstSdk.v2) : undefined;
  const v2Rules = { minSdk: Math.max(minSdk, firstSdk.v2), maxSdk, supported: supportedSchemes(maxSdk), found };
  const v2 = v2Bytes ? verifyV2Block(v2Bytes, v2Rules) : null;
  return { v32, v31, v3, v2, rotation, found: new Set(v2 === null ? found : [...found, 2]) };
}

/** Every content digest that one of the blocks rests on. */
export function neededDigests({ v32, v31, v3, v2 }: SchemeBlocks): ReadonlySet<ContentDigestKind> {
  return new Set([v32, v31, v3, v2].flatMap((block) => (block === null ? [] : [...digestKinds(block)])));
}
