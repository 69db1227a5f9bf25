import type { DevelopmentKeyState, EvidenceState } from "@countersign/policy";
import { attestedFacts, type Check, type DevelopmentEvidence, type Facts, type Proof } from "@countersign/protocol";
import type { App, Instance } from "../ports/index.ts";
import type { AdmittedStatement } from "./admit-statement.ts";
import { appraiseDevelopmentKey } from "./appraise-development-key.ts";
import { checkProof } from "./check-proof.ts";
import type { DeviceDeps } from "./device-deps.ts";
import { EvidenceBusyError, type NewReceipt } from "./evidence-verifier.ts";
import { type DeviceProblem, problem } from "./outcome.ts";
import { type ReadEvidence, toEvidenceJob } from "./read-evidence.ts";
import type { StandingOf } from "./standing.ts";

/** What verification made of the evidence of an enrolment. */
export interface AppraisedEvidence {
  readonly state: EvidenceState;
  readonly checks: readonly Check[];
  readonly evidence: {
    readonly facts: Facts;
    readonly serials: readonly string[];
    readonly batch: string | null;
    readonly receipt: NewReceipt | null;
  } | null;
  /** How the development key stands that came as evidence, where it was looked at. */
  readonly developmentKey?: DevelopmentKeyState;
  /** What evidence that does not count says, where it could be read: nothing is decided by it. */
  readonly claimed: Facts | null;
}

export interface EvidenceInput {
  readonly read: ReadEvidence;
  readonly proof: Proof;
  readonly origin: string | null;
  readonly row: Instance | null;
  readonly standing: StandingOf;
}

type Appraised = { readonly ok: true; readonly outcome: AppraisedEvidence } | DeviceProblem;

/**
 * Step 9' of protocol section 7. Where something cheaper already refuses (app, ban, quarantine), nothing is verified. Problems:
 * `unavailable` where too much evidence waits, `slow_down` where an attestation batch enrols faster than its budget.
 */
export async function appraiseEvidence(
  deps: DeviceDeps,
  admitted: AdmittedStatement,
  input: EvidenceInput,
): Promise<Appraised> {
  const { statement, context } = admitted;
  const app = context.apps.get(statement.app.id);
  if (app?.[statement.platform] == null) return unverified({ state: "not_verified" });
  if (input.standing.banned || input.standing.quarantined) {
    // Nothing comes of it: a decoy takes as long as what it looks like.
    const asLong = context.project.settings.decoy === true ? await verify(deps, admitted, app, input) : null;
    if (asLong?.ok === false) return asLong;
    return unverified({ state: "not_verified" }, [], asLong?.outcome.evidence?.facts ?? asLong?.outcome.claimed);
  }
  const otherApp = input.row !== null && input.row.app !== app.id;
  if (otherApp) return unverified({ state: "refused", reason: "app_id_mismatch" });
  if (input.read.developmentKey !== null) {
    return appraiseDevelopment(deps, admitted, input.read.developmentKey, input.row?.facts ?? null);
  }
  if (statement.platform === "web") return verifiedWeb(input.origin);
  return verify(deps, admitted, app, input);
}

function unverified(
  state: EvidenceState,
  checks: readonly Check[] = [],
  claimed: Facts | null | undefined = null,
): Appraised {
  return { ok: true, outcome: { state, checks, evidence: null, claimed } };
}

/** A browser has no evidence; its origin is what it says it is. */
function verifiedWeb(origin: string | null): Appraised {
  const evidence = { facts: { platform: "web", origin }, serials: [], batch: null, receipt: null } as const;
  return { ok: true, outcome: { state: { state: "verified" }, checks: [], evidence, claimed: null } };
}

/** Instead of a platform's evidence. Whether the key counts is policy's to say, which has the reasons. */
async function appraiseDevelopment(
  deps: DeviceDeps,
  admitted: AdmittedStatement,
  evidence: DevelopmentEvidence,
  known: Facts | null,
): Promise<Appraised> {
  const developmentKey = await appraiseDevelopmentKey(deps, admitted, evidence, known);
  if (developmentKey.state !== "good") {
    return {
      ok: true,
      outcome: { state: { state: "not_verified" }, checks: [], evidence: null, claimed: null, developmentKey },
    };
  }
  const facts: Facts = { platform: admitted.statement.platform, development: { key: evidence.key } };
  const kept = { facts, serials: [], batch: null, receipt: null } as const;
  return {
    ok: true,
    outcome: { state: { state: "verified" }, checks: [], evidence: kept, claimed: null, developmentKey },
  };
}

async function verify(
  deps: DeviceDeps,
  admitted: AdmittedStatement,
  app: App,
  { read, proof }: EvidenceInput,
): Promise<Appraised> {
  const job = toEvidenceJob(deps, admitted, app, read);
  if (job === null) return unverified({ state: "missing" });
  const verdict = await deps.evidence.verify(job).catch((error: unknown) => {
    if (error instanceof EvidenceBusyError) return null;
    throw error;
  });
  if (verdict === null) return problem("unavailable", "too much evidence waits", { retryAfterSeconds: 5 });
  if (!verdict.ok) return unverified({ state: "refused", reason: verdict.reason }, verdict.checks, verdict.claimed);
  const { evidence, checks } = verdict;
  if (!namesSameApp(admitted, read, proof, evidence.facts)) {
    return unverified({ state: "refused", reason: "app_id_mismatch" }, checks, evidence.facts);
  }
  if (attestedFacts(evidence.facts)?.platform === "android") {
    const { project } = admitted.statement;
    const within = await deps.ledger.take(
      `${project}:batch:${evidence.batch}`,
      deps.budgets.enrolmentsPerBatchPerHour,
      3600,
    );
    if (!within)
      return problem("slow_down", "an attestation batch enrols faster than its budget", { retryAfterSeconds: 60 });
  }
  return { ok: true, outcome: { state: { state: "verified" }, checks, evidence, claimed: null } };
}

/** iOS: the assertion must name the App ID that the attestation named. */
function namesSameApp(admitted: AdmittedStatement, read: ReadEvidence, proof: Proof, facts: Facts): boolean {
  const attested = attestedFacts(facts);
  if (attested?.platform !== "ios") return true;
  const keys = { platform: "ios", use: "enrol", development: false, ...read, appIds: [attested.appId] } as const;
  return checkProof(proof, keys, admitted).ok;
}
