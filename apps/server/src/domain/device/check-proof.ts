import { verifyAppAttestAssertion } from "@countersign/attestation";
import { type Check, hasDemandedProof, type Platform, type Proof, type Statement } from "@countersign/protocol";
import { verifyEs256 } from "@countersign/protocol/server";
import { type DeviceProblem, problem } from "./outcome.ts";

/** What iOS says beside the proof, in the signed authenticator data. */
export interface AssertionClaims {
  readonly counter: number;
  readonly bundleVersion: string | null;
  readonly validationCategory: number | null;
}

export interface ProofKeys {
  readonly platform: Platform;
  readonly use: Statement["use"];
  readonly attestedKey: Uint8Array;
  readonly instanceKey: Uint8Array;
  /** Whether the evidence is, or was, a development key: the instance key is all there is then. */
  readonly development: boolean;
  /** The App IDs an assertion may name. Null: judged later, against the evidence. */
  readonly appIds: readonly string[] | null;
}

/** `assertion` is set on iOS alone. */
export type CheckedProof = { readonly ok: true; readonly assertion: AssertionClaims | null } | DeviceProblem;

/** Checks that exactly the demanded members are there and that each is made by its key over this statement. */
export function checkProof(
  proof: Proof,
  keys: ProofKeys,
  over: { readonly message: Uint8Array; readonly hash: Uint8Array },
): CheckedProof {
  if (!hasDemandedProof(proof, keys.platform, keys.use, keys.development)) {
    return problem("proof_invalid", "the proof has not exactly the demanded members");
  }
  const signingKey = keys.platform === "ios" ? keys.instanceKey : keys.attestedKey;
  if (proof.signature !== undefined && !verifyEs256(signingKey, over.message, proof.signature)) {
    return problem("proof_invalid", "the signature is not by the instance key over this statement");
  }
  if (proof.assertion === undefined) return { ok: true, assertion: null };
  return checkAssertion(proof.assertion, keys, over.hash);
}

/** The counter is the ledger's to judge, atomically with the challenge. */
function checkAssertion(assertion: Uint8Array, keys: ProofKeys, clientDataHash: Uint8Array): CheckedProof {
  const verified = verifyAppAttestAssertion({
    assertion,
    clientDataHash,
    publicKey: keys.attestedKey,
    appIds: keys.appIds ?? [],
    counter: -1,
  });
  const { facts } = verified;
  if (facts === null || verified.checks.some((check) => !stands(check, keys.appIds === null))) {
    return problem("proof_invalid", "the assertion does not verify");
  }
  const { counter, bundleVersion, validationCategory } = facts;
  return { ok: true, assertion: { counter, bundleVersion, validationCategory } };
}

/** `key_id` is never evaluated: the key itself was handed in. */
function stands(check: Check, appIdLater: boolean): boolean {
  if (check.name === "key_id") return check.result !== "fail";
  return check.result === "pass" || (appIdLater && check.name === "app_id");
}
