import { FACTS_VERSION } from "@countersign/policy";
import {
  attestedFacts,
  decodeBase64url,
  type Facts,
  parseSessionRequest,
  type SessionRequest,
  type Statement,
} from "@countersign/protocol";
import { type AdmittedStatement, admitStatement, withFreshChallenge } from "./admit-statement.ts";
import { answerDecoy } from "./answer-decoy.ts";
import { toSpend } from "./challenges.ts";
import { type AssertionClaims, checkProof, type ProofKeys } from "./check-proof.ts";
import type { DeviceDeps } from "./device-deps.ts";
import { grantSession } from "./grant-session.ts";
import { judge } from "./judge.ts";
import { fromCredential, fromRecord, type KnownInstance, keysOf } from "./known-instance.ts";
import { openOwnCredential } from "./open-own-credential.ts";
import { type DeviceCall, type DeviceOutcome, type DeviceProblem, problem } from "./outcome.ts";
import { signEnrol, signRefused, signSession } from "./sign-outcome.ts";

/** `POST /v1/sessions`: protocol section 7, steps 2 to 12 in their order. */
export async function openSession(deps: DeviceDeps, call: DeviceCall): Promise<DeviceOutcome> {
  if (!deps.standing.isCurrent()) return problem("unavailable", "bans could not be reconciled");
  const request = parseSessionRequest(call.body);
  if (!request.ok) return problem(request.code, request.detail);

  const lookups = { name: "lookups", perMinute: deps.budgets.recordLookupsPerMinute } as const;
  const budget = request.value.credential === undefined ? lookups : null;
  const admission = await admitStatement(deps, request.value.statement, {
    use: "session",
    network: call.network,
    budget,
  });
  if (!admission.ok) return admission;
  const { admitted } = admission;
  const { statement, context } = admitted;

  const identified = await identify(deps, admitted, request.value);
  if (!identified.ok) return identified;
  if (identified.known === null) return signEnrol(deps, admitted, "unknown_instance");
  const { known, decoy } = identified;

  const proof = checkProof(
    request.value.proof,
    { platform: known.platform, ...keysOf(known), ...proofRules(known, decoy) },
    admitted,
  );
  if (!proof.ok) return proof;

  const share = `${statement.project}:sessions:${statement.instance}`;
  if (!(await deps.ledger.take(share, deps.budgets.sessionsPerInstancePerMinute, 60))) {
    return problem("slow_down", "an instance opens sessions faster than its budget", { retryAfterSeconds: 30 });
  }
  const counter = proof.assertion === null ? null : { value: proof.assertion.counter, floor: known.counter };
  const spent = await deps.ledger.spend(toSpend(statement.project, statement.instance, admitted.challenge, counter));
  if (!spent.ok) return withFreshChallenge(deps, context, call.network, problem(spent.reason, "refused by the ledger"));

  const standing = deps.standing.of(statement.project, statement.instance, known.subject);
  const judged = await judge(deps, admitted, {
    evidence: decoy ? { state: "refused", reason: "decoy_credential" } : { state: "verified" },
    facts: decoy ? null : withAssertion(known.facts, proof.assertion),
    evidenceChecks: [],
    factsVersion: known.factsVersion,
    evidenceAtMs: known.evidenceAtMs,
    subject: known.subject,
    standing,
  });
  const { verdict, renew } = judged.decision;
  if (renew !== null) return signEnrol(deps, admitted, renew);
  const seen: KnownInstance = { ...known, counter: proof.assertion?.counter ?? 0 };
  deps.counters.note(statement.project, statement.instance, seen.counter);
  if (judged.decoy)
    return answerDecoy(deps, admitted, {
      judged,
      known: seen,
      genuine: !decoy,
      recorded: !decoy,
      address: call.address,
    });
  if (verdict === "refused" || decoy) return signRefused(deps, admitted, judged);
  const subject = subjectOf(known);
  const { arc, notes } = judged;
  const { address } = call;
  const session = await grantSession(deps, {
    context,
    statement,
    known: seen,
    subject,
    verdict,
    arc,
    notes,
    address,
    decoy,
    decoyCredential: decoy,
  });
  return signSession(deps, admitted, session);
}

/** `decoy`: known by a decoy's credential, which leads to another decoy and to nothing else. */
type Identified = { readonly ok: true; readonly known: KnownInstance | null; readonly decoy: boolean } | DeviceProblem;

/** Step 5: the credential, or the record where none was sent or the project refuses those as old as this. */
async function identify(deps: DeviceDeps, admitted: AdmittedStatement, request: SessionRequest): Promise<Identified> {
  const { statement, context } = admitted;
  if (request.credential === undefined) return fromStore(deps, admitted);
  const opened = openOwnCredential(context, request.credential);
  if (opened === null) return problem("credential_invalid", "credential cannot be opened");
  const { credential, decoy } = opened;
  if (deps.clock.nowMs() >= credential.exp * 1000) return problem("credential_invalid", "the credential has ended");
  if (!isSame(statement, credential)) return problem("credential_invalid", "the credential is another instance's");
  const isOld = credential.iat * 1000 < context.project.settings.credentialsNotBeforeMs;
  if (!decoy && (isOld || credential.factsVersion < FACTS_VERSION)) return fromStore(deps, admitted);
  return { ok: true, known: fromCredential(credential), decoy };
}

async function fromStore(deps: DeviceDeps, admitted: AdmittedStatement): Promise<Identified> {
  const { statement } = admitted;
  const row = await deps.store.instances.get(statement.project, statement.instance);
  const known = row === null ? await rememberedDecoy(deps, admitted) : fromRecord(row);
  if (known === null) return { ok: true, known, decoy: false };
  return isSame(statement, known)
    ? { ok: true, known, decoy: row === null }
    : problem("proof_invalid", "the record has other keys for this instance");
}

/** A decoy that no record knows is found as a recorded instance is, as long as it is remembered. */
async function rememberedDecoy(
  { decoys }: DeviceDeps,
  { statement, context }: AdmittedStatement,
): Promise<KnownInstance | null> {
  const text = await decoys.recall(statement.project, statement.instance);
  const opened = text === null ? null : openOwnCredential(context, text);
  return opened?.decoy === true ? fromCredential(opened.credential) : null;
}

/** The app is held fast too: an instance is one installation of one app. */
function isSame(
  statement: Statement,
  known: Pick<KnownInstance, "instance" | "platform" | "instanceKey" | "app">,
): boolean {
  return (
    statement.instance === known.instance &&
    statement.platform === known.platform &&
    statement.instanceKey === known.instanceKey &&
    statement.app.id === known.app
  );
}

/** A decoy's App ID may be made up: its assertion names the app that it really is. */
function proofRules(
  known: KnownInstance,
  decoy: boolean,
): Pick<ProofKeys, "development" | "appIds"> & { readonly use: "session" } {
  const development = "development" in known.facts;
  if (decoy) return { use: "session", development, appIds: null };
  const facts = attestedFacts(known.facts);
  return { use: "session", development, appIds: facts?.platform === "ios" ? [facts.appId] : [] };
}

/** An assertion of iOS 27 says the app's version and category anew. */
function withAssertion(known: Facts, assertion: AssertionClaims | null): Facts {
  const facts = attestedFacts(known);
  if (facts?.platform !== "ios" || assertion === null) return known;
  return {
    ...facts,
    bundleVersion: assertion.bundleVersion ?? facts.bundleVersion,
    validationCategory: assertion.validationCategory ?? facts.validationCategory,
  };
}

function subjectOf(known: KnownInstance): Uint8Array {
  const subject = decodeBase64url(known.subject, 16);
  if (subject === null) throw new TypeError("a known instance has no valid subject");
  return subject;
}
