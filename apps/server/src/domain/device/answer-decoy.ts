import { decideAsIfGenuine, notesOf } from "@countersign/policy";
import { decodeBase64url, limits, type Reason } from "@countersign/protocol";
import type { AdmittedStatement } from "./admit-statement.ts";
import type { DeviceDeps } from "./device-deps.ts";
import { grantSession } from "./grant-session.ts";
import { appraiseGrounds, type Judged } from "./judge.ts";
import type { KnownInstance } from "./known-instance.ts";
import type { DeviceOutcome } from "./outcome.ts";
import { signEnrol, signSession } from "./sign-outcome.ts";
import { withDecoyKeys } from "./with-decoy-keys.ts";

export interface Decoyed {
  readonly judged: Pick<Judged, "arc" | "notes">;
  readonly known: KnownInstance;
  /** Whether its evidence counted, now or when it was recorded: then the credential it gets is no decoy. */
  readonly genuine: boolean;
  /** Whether the record knows the instance, so that it is found there when it comes without a credential. */
  readonly recorded: boolean;
  readonly address: string | null;
}

/**
 * Answers a refusal with what looks like a session, made by the same steps as a genuine one (protocol section 11). What is asked of a genuine
 * instance of this age and build is asked of it too: a new enrolment.
 */
export async function answerDecoy(
  deps: DeviceDeps,
  admitted: AdmittedStatement,
  { judged, known, genuine, recorded, address }: Decoyed,
): Promise<DeviceOutcome> {
  const { statement, context } = admitted;
  const asIf = asIfGenuine(deps, admitted, known);
  if (asIf.renew !== null && statement.use === "session") return signEnrol(deps, admitted, asIf.renew);
  const subject = decodeBase64url(known.subject, 16);
  if (subject === null) throw new TypeError("a decoy has no valid subject");
  const session = await grantSession(deps, {
    context: withDecoyKeys(context),
    statement,
    known,
    subject,
    verdict: asIf.verdict,
    arc: judged.arc,
    notes: [...new Set([...asIf.notes, ...judged.notes])],
    address,
    decoy: true,
    decoyCredential: !genuine,
  });
  if (!recorded) {
    await deps.decoys.remember(context.project.id, known.instance, session.credential, limits.credentialSeconds);
  }
  return signSession(deps, admitted, session);
}

/** What would be said of the instance if its evidence counted and nothing stood against it. */
function asIfGenuine(
  deps: DeviceDeps,
  admitted: AdmittedStatement,
  { facts, evidenceAtMs, factsVersion }: KnownInstance,
): ReturnType<typeof decideAsIfGenuine> & { readonly notes: readonly Reason[] } {
  const { project } = admitted.context;
  const checks = appraiseGrounds(deps, admitted, {
    evidence: { state: "verified" },
    facts,
    evidenceChecks: [],
    factsVersion,
    evidenceAtMs,
    subject: null,
    standing: { banned: false, quarantined: false, quarantinedUntilMs: null },
  });
  const settings = { kind: project.kind, permissions: project.settings.permissions };
  return { ...decideAsIfGenuine(checks, settings), notes: notesOf(checks, settings) };
}
