import { bytesEqual, toHex } from "@countersign/asn1";
import type { PackageProblem } from "../problem.ts";
import type { Lineage } from "./lineage.ts";
import { problem } from "./scheme.ts";

/** Certificates of each scheme that held; null for a scheme that was not found good. */
export interface SchemeCertificates {
  readonly v1: readonly Uint8Array[] | null;
  readonly v2: readonly Uint8Array[] | null;
  readonly v3: readonly Uint8Array[] | null;
}

/**
 * All schemes name one past: v1 and v2 the same signers, and v3 the one signer of these or, with a proof of rotation, one that descends
 * from it (apksig, `ApkVerifier.verify`). An app is else another on one phone than on the next.
 */
export function checkSignersAgree({ v1, v2, v3 }: SchemeCertificates, lineage: Lineage | null): PackageProblem | null {
  if (v1 !== null && v2 !== null && !sameSet(v1, v2))
    return problem("apk_signers_disagree", "v1 and v2 have other signers");
  const older = v1 ?? v2;
  if (v3 === null || older === null) return null;
  const [old, ...others] = older;
  if (old === undefined || others.length > 0)
    return problem("apk_signers_disagree", "v3 has one signer, the older scheme several");
  if (lineage !== null) {
    const [first] = lineage.nodes;
    return first !== undefined && bytesEqual(first.certificate.bytes, old)
      ? null
      : problem("apk_signers_disagree", "the proof of rotation does not begin with the signer of the older scheme");
  }
  const [current, ...more] = v3;
  return current !== undefined && more.length === 0 && bytesEqual(current, old)
    ? null
    : problem("apk_signers_disagree", "v3 has another signer than the older scheme");
}

function sameSet(one: readonly Uint8Array[], other: readonly Uint8Array[]): boolean {
  const [left, right] = [new Set(one.map(toHex)), new Set(other.map(toHex))];
  return left.size === right.size && [...left].every((certificate) => right.has(certificate));
}
