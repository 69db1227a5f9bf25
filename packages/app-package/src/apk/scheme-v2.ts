import type { PackageProblem } from "../problem.ts";
import { createCursor, parsePrefixedSequence } from "./byte-cursor.ts";
import { problem, type SchemeBlock } from "./scheme.ts";
import { type ApkSigner, verifySigner } from "./signer.ts";

export const maximumSigners = 10;

const strippingProtection = 0xbeeff00d;

export interface V2Rules {
  readonly minSdk: number;
  readonly maxSdk: number;
  /** Schemes that devices of the range know, and those whose blocks are there, by number. */
  readonly supported: ReadonlySet<number>;
  readonly found: ReadonlySet<number>;
}

/**
 * Verifies the signers of a v2 block (APK Signature Scheme v2): one to ten, every one of them good, and none of them stating that a
 * scheme signed, too, that devices of the range know and that is not there.
 */
export function verifyV2Block(block: Uint8Array, rules: V2Rules): SchemeBlock {
  const list = createCursor(block).prefixed();
  const records = list && parsePrefixedSequence(list);
  if (records === null) return failed("apk_signature_malformed", "the v2 signers are cut off");
  if (records.length === 0) return failed("apk_signature_malformed", "the v2 block has no signer");
  if (records.length > maximumSigners) return failed("apk_too_many_signers", `${records.length} signed with v2`);

  const signers: ApkSigner[] = [];
  const problems: PackageProblem[] = [];
  for (const record of records) {
    const signer = verifySigner(record, { range: rules, postQuantum: false });
    if (!signer.ok) {
      problems.push(signer.problem);
      continue;
    }
    signers.push(signer.value);
    const stripped = checkStripping(signer.value, rules);
    if (stripped !== null) problems.push(stripped);
  }
  return { signers, problems };
}

function checkStripping({ attributes }: ApkSigner, { supported, found }: V2Rules): PackageProblem | null {
  for (const { id, value } of attributes) {
    if (id !== strippingProtection) continue;
    const scheme = createCursor(value).u32();
    if (scheme === null) return problem("apk_signature_malformed", "the stripping protection is cut off");
    if (supported.has(scheme) && !found.has(scheme))
      return problem("apk_scheme_stripped", `the v2 signer says that scheme v${scheme} signed, too`);
  }
  return null;
}

function failed(code: PackageProblem["code"], detail: string): SchemeBlock {
  return { signers: [], problems: [problem(code, detail)] };
}
