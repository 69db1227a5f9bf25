import { bytesEqual } from "@countersign/asn1";
import type { PackageProblem, Read } from "../problem.ts";
import { createCursor, parsePrefixedSequence } from "./byte-cursor.ts";
import { consolidateLineages, type Lineage, verifyLineage } from "./lineage.ts";
import { problem, type SchemeBlock, type V3Signer } from "./scheme.ts";
import { maximumSigners } from "./scheme-v2.ts";
import { type ApkSigner, verifySigner } from "./signer.ts";

const proofOfRotation = 0x3ba06f8c;
const rotationMinSdk = 0x559f8b02;
const targetsDevRelease = 0xc2a6b3ba;
const hybridMinSdk = 0xbf940529;
const hybridMaxSdk = 0x9f06b79c;

/** API levels of the first devices that know each scheme. */
export const firstSdk = { v2: 24, v3: 28, v31: 33, v32: 37 } as const;

export interface V3Rules {
  /** The highest API level that is judged. */
  readonly maxSdk: number;
  /** Where the v3.1 block's signers begin; null where there is no such block, or this is it. */
  readonly rotation: number | null;
  /** API levels of the v3.2 block's signers; null where there is no such block, or this is it. */
  readonly hybrid: { readonly minSdk: number; readonly maxSdk: number } | null;
  readonly postQuantum: boolean;
}

/**
 * Verifies the signers of a v3, v3.1 or v3.2 block: each one's signature, its proof of rotation, which must end in it, and what it states
 * of the blocks that take over on later devices (APK Signature Schemes v3, v3.1 and v3.2; platform, `ApkSignatureSchemeV3Verifier`).
 */
export function verifyV3Block(block: Uint8Array, rules: V3Rules): SchemeBlock<V3Signer> {
  const list = createCursor(block).prefixed();
  const records = list && parsePrefixedSequence(list);
  if (records === null) return failed("apk_signature_malformed", "the v3 signers are cut off");
  if (records.length === 0) return failed("apk_signature_malformed", "the v3 block has no signer");
  if (records.length > maximumSigners) return failed("apk_too_many_signers", `${records.length} signed with v3`);

  const signers: V3Signer[] = [];
  const problems: PackageProblem[] = [];
  for (const record of records) {
    const signer = verifySigner(record, { range: null, postQuantum: rules.postQuantum });
    const read = signer.ok ? readAttributes(signer.value, rules) : signer;
    if (read.ok) signers.push(read.value);
    else problems.push(read.problem);
  }
  return { signers, problems };
}

function readAttributes(signer: ApkSigner, rules: V3Rules): Read<V3Signer> {
  let lineage: Lineage | null = null;
  let devRelease = false;
  for (const { id, value } of signer.attributes) {
    if (id === proofOfRotation) {
      if (lineage !== null) return refuse("apk_lineage", "a signer has two proofs of rotation");
      lineage = verifyLineage(value);
      const last = lineage?.nodes.at(-1);
      if (last === undefined) return refuse("apk_lineage", "a proof of rotation does not verify");
      if (!bytesEqual(last.certificate.bytes, signer.certificates[0].bytes))
        return refuse("apk_lineage", "a proof of rotation does not end in the signer");
    } else if (id === targetsDevRelease) {
      devRelease = true;
    } else {
      const stated = checkStatement(id, value, rules);
      if (stated !== null) return { ok: false, problem: stated };
    }
  }
  return { ok: true, value: { ...signer, lineage, devRelease } };
}

/** What a signer states of a later block: that block is there, and begins or ends where the signer says. */
function checkStatement(id: number, value: Uint8Array, rules: V3Rules): PackageProblem | null {
  if (id !== rotationMinSdk && id !== hybridMinSdk && id !== hybridMaxSdk) return null;
  const stated = createCursor(value).u32();
  if (stated === null) return problem("apk_signature_malformed", "an attribute is cut off");
  if (id === rotationMinSdk) {
    if (rules.maxSdk < firstSdk.v31) return null;
    if (rules.rotation === null)
      return problem("apk_scheme_stripped", `a v3.1 block from API level ${stated} on is gone`);
    return rules.rotation === stated
      ? null
      : problem("apk_rotation", `the v3.1 block begins at API level ${rules.rotation}, not ${stated}`);
  }
  if (rules.maxSdk < firstSdk.v32) return null;
  if (rules.hybrid === null) return problem("apk_scheme_stripped", "a v3.2 block is gone");
  const actual = id === hybridMinSdk ? rules.hybrid.minSdk : rules.hybrid.maxSdk;
  return actual === stated ? null : problem("apk_rotation", `the v3.2 block names API level ${actual}, not ${stated}`);
}

/**
 * What must hold among the signers of one v3 or v3.1 block: their API levels follow on each other from `minSdk` to `maxSdk`, and the past
 * of each is the beginning of the past of the next (apksig, `V3SchemeVerifier.verify`).
 */
export function checkV3Signers(
  signers: readonly V3Signer[],
  minSdk: number,
  maxSdk: number,
): { readonly problems: readonly PackageProblem[]; readonly lineage: Lineage | null } {
  const problems: PackageProblem[] = [];
  // Of two that begin at one level the later counts, as in apksig.
  const byLevel = new Map(signers.map((signer) => [signer.minSdk, signer]));
  const ordered = [...byLevel.values()].toSorted((one, other) => one.minSdk - other.minSdk);
  let past = 0;
  const lineages: Lineage[] = [];
  for (const [index, signer] of ordered.entries()) {
    const before = ordered[index - 1];
    // A release under development still has the level of the one before it: the signer for it begins where the other ends.
    const next =
      before === undefined ? 0 : before.maxSdk + (signer.devRelease && signer.minSdk === before.maxSdk ? 0 : 1);
    if (before !== undefined && signer.minSdk !== next)
      problems.push(problem("apk_signer_sdk", `API level ${before.maxSdk + 1} is no signer's, or two signers'`));
    if (signer.lineage === null) continue;
    if (signer.lineage.nodes.length < past) problems.push(problem("apk_lineage", "a later signer has a shorter past"));
    past = signer.lineage.nodes.length;
    lineages.push(signer.lineage);
  }
  const first = ordered[0]?.minSdk ?? 0;
  const last = ordered.at(-1)?.maxSdk ?? 0;
  if (first > minSdk || last < maxSdk)
    problems.push(problem("apk_signer_sdk", `signers are for API levels ${first} to ${last}`));
  const lineage = consolidateLineages(lineages);
  if (lineage === null && lineages.length > 0) problems.push(problem("apk_lineage", "two proofs of rotation disagree"));
  return { problems, lineage };
}

function failed(code: PackageProblem["code"], detail: string): SchemeBlock<V3Signer> {
  return { signers: [], problems: [problem(code, detail)] };
}

function refuse(code: PackageProblem["code"], detail: string): Read<never> {
  return { ok: false, problem: problem(code, detail) };
}
