import { decodeBase64url, type EnrolRequest, previousInput } from "@countersign/protocol";
import { verifyEs256 } from "@countersign/protocol/server";
import type { AdmittedStatement } from "./admit-statement.ts";
import { openOwnCredential } from "./open-own-credential.ts";
import { type DeviceProblem, problem } from "./outcome.ts";

/** Who this installation was before: its subject is kept, with every ban and quarantine. */
export interface Previous {
  readonly instance: string;
  readonly subject: string;
  /** Whether it was a decoy: then this enrolment is for another. */
  readonly decoy: boolean;
}

/**
 * Checks that the old instance key signed this enrolment. An ended credential still says who one was: it gives nothing here but the
 * subject and what stands against it.
 */
export function checkPrevious(
  { context, statement, hash }: AdmittedStatement,
  previous: NonNullable<EnrolRequest["previous"]>,
): { readonly ok: true; readonly previous: Previous } | DeviceProblem {
  const opened = openOwnCredential(context, previous.credential);
  if (opened === null) return problem("credential_invalid", "previous cannot be opened");
  const { instance, subject, app, platform, instanceKey } = opened.credential;
  if (app !== statement.app.id || platform !== statement.platform) {
    return problem("credential_invalid", "previous is of another app or platform");
  }
  const key = decodeBase64url(instanceKey, 65);
  if (key === null || !verifyEs256(key, previousInput(hash), previous.signature)) {
    return problem("proof_invalid", "previous is not signed by its instance key");
  }
  return { ok: true, previous: { instance, subject, decoy: opened.decoy } };
}
