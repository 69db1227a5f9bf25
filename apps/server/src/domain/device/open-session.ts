import { FACTS_VERSION } from "@countersign/policy";
import {
  decodeBase64url,
  type Facts,
  parseSessionRequest,
  type SessionRequest,
  type Statement,
} from "@countersign/protocol";
import { openCredential } from "@countersign/protocol/server";
import { type AdmittedStatement, admitStatement, withFreshChallenge } from "./admit-statement.ts";
import { toSpend } from "./challenges.ts";
import { type AssertionClaims, checkProof } from "./check-proof.ts";
import type { DeviceDeps } from "./device-deps.ts";
import { grantSession } from "./grant-session.ts";
import { judge } from "./judge.ts";
import { fromCredential, fromRecord, type KnownInstance, keysOf } from "./known-instance.ts";
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
  const { known } = identified;

  const proof = checkProof(
    request.value.proof,
    { platform: known.platform, ...keysOf(known), ...proofRules(known) },
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
    evidence: { state: "verified" },
    facts: withAssertion(known.facts, proof.assertion),
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
  if (verdict === "refused") return signRefused(deps, admitted, judged);
  const subject = subjectOf(known);
  const session = await grantSession(deps, { context, statement, known: seen, subject, verdict, arc: judged.arc });
  return signSession(deps, admitted, session);
}

type Identified = { readonly ok: true; readonly known: KnownInstance | null } | DeviceProblem;

/** Step 5: the credential, or the record where none was sent or the project refuses those as old as this. */
async function identify(deps: DeviceDeps, admitted: AdmittedStatement, request: SessionRequest): Promise<Identified> {
  const { statement, context } = admitted;
  if (request.credential === undefined) return fromStore(deps, statement);
  const seedOf = (generation: number) =>
    context.seeds.find((seed) => seed.generation === generation)?.seed.reveal() ?? null;
  const opened = openCredential(request.credential, { seedOf, project: context.projectId });
  if (!opened.ok) return problem(opened.code, opened.detail);
  const credential = opened.value;
  if (deps.clock.nowMs() >= credential.exp * 1000) return problem("credential_invalid", "the credential has ended");
  if (!isSame(statement, credential)) return problem("credential_invalid", "the credential is another instance's");
  const isOld = credential.iat * 1000 < context.project.settings.credentialsNotBeforeMs;
  if (isOld || credential.factsVersion < FACTS_VERSION) return fromStore(deps, statement);
  return { ok: true, known: fromCredential(credential) };
}

async function fromStore(deps: DeviceDeps, statement: Statement): Promise<Identified> {
  const row = await deps.store.instances.get(statement.project, statement.instance);
  if (row === null) return { ok: true, known: null };
  const known = fromRecord(row);
  return isSame(statement, known)
    ? { ok: true, known }
    : problem("proof_invalid", "the record has other keys for this instance");
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

function proofRules(known: KnownInstance): { readonly use: "session"; readonly appIds: readonly string[] } {
  return { use: "session", appIds: known.facts.platform === "ios" ? [known.facts.appId] : [] };
}

/** An assertion of iOS 27 says the app's version and category anew. */
function withAssertion(facts: Facts, assertion: AssertionClaims | null): Facts {
  if (facts.platform !== "ios" || assertion === null) return facts;
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
