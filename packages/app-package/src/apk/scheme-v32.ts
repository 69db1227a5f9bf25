import { bytesEqual } from "@countersign/asn1";
import type { PackageProblem } from "../problem.ts";
import type { Lineage, LineageNode } from "./lineage.ts";
import { problem, type SchemeBlock, type V3Signer } from "./scheme.ts";
import { verifyV3Block } from "./scheme-v3.ts";
import { isPostQuantumKey } from "./signature-algorithm.ts";

/** A hybrid block: the post-quantum signer is who signed, the classical one its predecessor. */
export interface HybridBlock extends SchemeBlock<V3Signer> {
  readonly classical: V3Signer | null;
  readonly postQuantum: V3Signer | null;
  readonly lineage: Lineage | null;
}

// What the platform grants a predecessor where no proof of rotation says: installed data, shared user, permissions and authentication.
const defaultFlags = 1 | 2 | 4 | 16;

/**
 * Verifies a v3.2 block of Android 17 (https://source.android.com/docs/security/features/apksigning/v3-2; platform,
 * `ApkSignatureSchemeV3Verifier.verifyV32Signers`): exactly two signers for the same API levels, one with a classical key and one with
 * ML-DSA, both with the same past. The platform takes the pair for a rotation from the classical key to the post-quantum one.
 */
export function verifyV32Block(block: Uint8Array, maxSdk: number): HybridBlock {
  const { signers, problems } = verifyV3Block(block, { maxSdk, rotation: null, hybrid: null, postQuantum: true });
  const failed = (found: readonly PackageProblem[]): HybridBlock => ({
    signers,
    problems: found,
    classical: null,
    postQuantum: null,
    lineage: null,
  });
  if (problems.length > 0) return failed(problems);
  const [one, other] = signers;
  if (signers.length !== 2 || one === undefined || other === undefined)
    return failed([problem("apk_hybrid", `${signers.length} signers`)]);
  const [classical, postQuantum] = isPostQuantumKey(one.certificates[0].spki) ? [other, one] : [one, other];
  if (isPostQuantumKey(classical.certificates[0].spki) || !isPostQuantumKey(postQuantum.certificates[0].spki))
    return failed([problem("apk_hybrid", "the two signers are not a classical and a post-quantum one")]);
  if (classical.minSdk !== postQuantum.minSdk || classical.maxSdk !== postQuantum.maxSdk)
    return failed([problem("apk_hybrid", "the two signers are for other API levels")]);
  const lineage = joinPasts(classical, postQuantum);
  if (lineage === null) return failed([problem("apk_hybrid", "the two signers have different pasts")]);
  return { signers, problems: [], classical, postQuantum, lineage };
}

/** The classical signer's past with the post-quantum signer at its end; null where the two pasts differ. */
function joinPasts(classical: V3Signer, postQuantum: V3Signer): Lineage | null {
  const nodes = classical.lineage?.nodes ?? [unproven(classical)];
  const others = postQuantum.lineage?.nodes ?? [unproven(postQuantum)];
  if ((classical.lineage === null) !== (postQuantum.lineage === null) || nodes.length !== others.length) return null;
  const same = nodes.slice(0, -1).every((node, index) => {
    const other = others[index];
    return other && bytesEqual(node.certificate.bytes, other.certificate.bytes) && node.flags === other.flags;
  });
  const flags = nodes.at(-1)?.flags ?? defaultFlags;
  return same ? { nodes: [...nodes, { ...unproven(postQuantum), flags }] } : null;
}

function unproven(signer: V3Signer): LineageNode {
  const [certificate] = signer.certificates;
  return { certificate, flags: defaultFlags, parentAlgorithm: 0, algorithm: 0, signature: new Uint8Array() };
}
