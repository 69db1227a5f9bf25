import { FACTS_VERSION } from "@countersign/policy";
import {
  attestedFacts,
  decodeBase64url,
  type EnrolRequest,
  encodeBase64url,
  limits,
  parseEnrolRequest,
} from "@countersign/protocol";
import type { Instance } from "../ports/index.ts";
import { type AdmittedStatement, admitStatement, withFreshChallenge } from "./admit-statement.ts";
import { answerDecoy } from "./answer-decoy.ts";
import { type AppraisedEvidence, appraiseEvidence } from "./appraise-evidence.ts";
import { type AppraisedPlay, appraisePlay } from "./appraise-play.ts";
import { toSpend } from "./challenges.ts";
import { checkPrevious, type Previous } from "./check-previous.ts";
import { type AssertionClaims, checkProof } from "./check-proof.ts";
import { decoyInstance } from "./decoy-instance.ts";
import type { DeviceDeps } from "./device-deps.ts";
import { grantSession } from "./grant-session.ts";
import { judge } from "./judge.ts";
import { keepInstance } from "./keep-instance.ts";
import { fromRecord } from "./known-instance.ts";
import { type DeviceCall, type DeviceOutcome, type DeviceProblem, problem } from "./outcome.ts";
import { type ReadEvidence, readEvidence } from "./read-evidence.ts";
import { signRefused, signSession } from "./sign-outcome.ts";
import type { StandingOf } from "./standing.ts";

/** `POST /v1/instances`: protocol section 7, steps 2 to 4, 5' to 10', 10 to 12 in their order. */
export async function enrolInstance(deps: DeviceDeps, call: DeviceCall): Promise<DeviceOutcome> {
  if (!deps.standing.isCurrent()) return problem("unavailable", "bans could not be reconciled");
  const request = parseEnrolRequest(call.body);
  if (!request.ok) return problem(request.code, request.detail);
  const budget = { name: "enrolments", perMinute: deps.budgets.enrolmentsPerMinute } as const;
  const admission = await admitStatement(deps, request.value.statement, {
    use: "enrol",
    network: call.network,
    budget,
  });
  if (!admission.ok) return admission;
  const { admitted } = admission;
  const ended = await enrolAdmitted(deps, admitted, request.value, call);
  return ended.ok ? ended : withFreshChallenge(deps, admitted.context, call.network, ended);
}

async function enrolAdmitted(
  deps: DeviceDeps,
  admitted: AdmittedStatement,
  request: EnrolRequest,
  { origin, address }: Pick<DeviceCall, "origin" | "address">,
): Promise<DeviceOutcome> {
  const { statement } = admitted;
  const evidence = readEvidence(deps, admitted, request);
  if (!evidence.ok) return evidence;
  const { read } = evidence;

  const development = read.developmentKey !== null;
  const keys = { platform: statement.platform, use: "enrol", appIds: null, development, ...read } as const;
  const proof = checkProof(request.proof, keys, admitted);
  if (!proof.ok) return proof;
  const former = request.previous === undefined ? null : checkPrevious(admitted, request.previous);
  if (former !== null && !former.ok) return former;
  const previous = former?.previous ?? null;

  const row = await deps.store.instances.get(statement.project, statement.instance);
  const refused = await spend(deps, admitted, proof.assertion, row);
  if (refused !== null) return refused;

  const subject = row?.subject ?? previous?.subject ?? null;
  const standing = standingOf(deps, admitted, subject, previous);
  const appraised = await appraiseEvidence(deps, admitted, { read, proof: request.proof, origin, row, standing });
  if (!appraised.ok) return appraised;
  const { outcome } = appraised;
  if (!(await (outcome.evidence === null ? claimAsDecoy : claim)(deps, admitted, read))) {
    return problem("evidence_challenge_reused", "the evidence challenge is tied to another key");
  }

  const play = outcome.evidence === null || development ? null : await appraisePlay(deps, admitted, read.playToken);
  const evidenceWithPlay = withPlay(outcome.evidence, play);
  const wasDecoy = previous?.decoy === true;
  const counter = proof.assertion?.counter ?? 0;
  const kept =
    evidenceWithPlay === null || wasDecoy
      ? null
      : await keepInstance(deps, admitted, {
          read,
          evidence: evidenceWithPlay,
          counter,
          subject,
        });
  const judged = await judge(deps, admitted, {
    evidence: wasDecoy ? { state: "refused", reason: "decoy_credential" } : outcome.state,
    facts: wasDecoy ? null : (evidenceWithPlay?.facts ?? null),
    play: play?.state ?? null,
    developmentKey: outcome.developmentKey ?? null,
    evidenceChecks: [...outcome.checks, ...(play?.checks ?? [])],
    factsVersion: FACTS_VERSION,
    evidenceAtMs: kept?.evidenceAtMs ?? deps.clock.nowMs(),
    subject: kept?.subject ?? subject,
    standing,
  });
  const { verdict } = judged.decision;
  if (judged.decoy) {
    const known =
      kept === null
        ? await decoyInstance(deps, admitted, {
            read,
            evidence: evidenceWithPlay,
            claimed: outcome.claimed,
            row,
            counter,
            subject,
            origin,
          })
        : fromRecord(kept);
    return answerDecoy(deps, admitted, {
      judged,
      known,
      genuine: kept !== null,
      recorded: kept !== null || row !== null,
      address,
    });
  }
  if (verdict === "refused" || kept === null) return signRefused(deps, admitted, judged);
  const subjectBytes = decodeBase64url(kept.subject, 16);
  if (subjectBytes === null) throw new TypeError("a stored instance has no valid subject");
  const { context } = admitted;
  const known = fromRecord(kept);
  const session = await grantSession(deps, {
    context,
    statement,
    known,
    subject: subjectBytes,
    verdict,
    arc: judged.arc,
    notes: judged.notes,
    address,
    decoy: false,
    decoyCredential: false,
  });
  return signSession(deps, admitted, session);
}

/** The evidence with what Play said, where its token was verified. */
function withPlay(evidence: AppraisedEvidence["evidence"], play: AppraisedPlay | null): AppraisedEvidence["evidence"] {
  const facts = attestedFacts(evidence?.facts ?? null);
  if (evidence === null || facts?.platform !== "android" || play === null || play.facts === null) return evidence;
  return { ...evidence, facts: { ...facts, play: play.facts } };
}

/** Step 7': the statement's challenge with the counter. */
async function spend(
  deps: DeviceDeps,
  { statement, challenge }: AdmittedStatement,
  assertion: AssertionClaims | null,
  row: Instance | null,
): Promise<DeviceProblem | null> {
  const counter = assertion === null ? null : { value: assertion.counter, floor: row?.counter ?? 0 };
  const spent = await deps.ledger.spend(toSpend(statement.project, statement.instance, challenge, counter));
  return spent.ok ? null : problem(spent.reason, "refused by the ledger");
}

type Claim = (deps: DeviceDeps, admitted: AdmittedStatement, read: ReadEvidence) => Promise<boolean>;

/** Ties the evidence challenge to the attested key. Only verified evidence may: anybody could tie somebody else's otherwise. */
const claim: Claim = async (deps, { statement, context }, { attestedKey, primary }) => {
  if (primary === null) return true;
  const nonce = encodeBase64url(primary.challenge.nonce);
  const key = encodeBase64url(attestedKey);
  const seconds = limits.evidenceClaimSeconds;
  const isFirst = await deps.ledger.claimEvidence(statement.project, nonce, key, seconds);
  if (isFirst && context.project.settings.decoy === true) {
    await deps.decoys.remember(statement.project, tieOf(nonce), key, seconds);
  }
  return isFirst;
};

/**
 * The same for evidence that does not count, in a project with decoys: a challenge that served two keys would tell that one of them is a decoy's.
 * It is remembered apart, and forgotten where there is no room: nothing that is verified is held against it.
 */
const claimAsDecoy: Claim = async ({ decoys }, { statement, context }, { attestedKey, primary }) => {
  if (primary === null || context.project.settings.decoy !== true) return true;
  const tie = tieOf(encodeBase64url(primary.challenge.nonce));
  const key = encodeBase64url(attestedKey);
  const tied = await decoys.recall(statement.project, tie);
  if (tied === null) await decoys.remember(statement.project, tie, key, limits.evidenceClaimSeconds);
  return tied === null || tied === key;
};

/** No instance has such a name. */
const tieOf = (nonce: string): string => `evidence:${nonce}`;

/** What stands against the instance, and against what it was before. */
function standingOf(
  deps: DeviceDeps,
  { statement }: AdmittedStatement,
  subject: string | null,
  previous: Previous | null,
): StandingOf {
  const now = deps.standing.of(statement.project, statement.instance, subject);
  if (previous === null) return now;
  const before = deps.standing.of(statement.project, previous.instance, previous.subject);
  return {
    banned: now.banned || before.banned,
    quarantined: now.quarantined || before.quarantined,
    quarantinedUntilMs: now.quarantinedUntilMs,
  };
}
