import {
  appraise,
  type Decision,
  type DevelopmentKeyState,
  decide,
  type EvidenceState,
  notesOf,
  type PlayState,
} from "@countersign/policy";
import { type Check, type Facts, type Reason, toArc } from "@countersign/protocol";
import type { Trace, VerdictEvent } from "../ports/index.ts";
import type { AdmittedStatement } from "./admit-statement.ts";
import { answersDecoy } from "./answers-decoy.ts";
import { standingOfDevelopmentKey } from "./appraise-development-key.ts";
import type { DeviceDeps } from "./device-deps.ts";
import { isOfFleet, rulesOf } from "./fleet-notes.ts";
import type { StandingOf } from "./standing.ts";

/** What a verdict is made from, beyond the statement itself. */
export interface Grounds {
  readonly evidence: EvidenceState;
  readonly facts: Facts | null;
  /** What became of a Play Integrity token; absent or null at sessions, and where the project does not look at Play. */
  readonly play?: PlayState | null;
  /** How the development key stands that came with this enrolment. Absent: as the facts' own stands now, where they rest on one. */
  readonly developmentKey?: DevelopmentKeyState | null;
  /** The findings of the evidence's own verifier, for the trace. */
  readonly evidenceChecks: readonly Check[];
  readonly factsVersion: number;
  readonly evidenceAtMs: number;
  /** Null where the instance never had one. */
  readonly subject: string | null;
  readonly standing: StandingOf;
}

export interface Judged {
  readonly decision: Decision;
  readonly arc: string;
  /** Whether the refusal is to be answered with a decoy. */
  readonly decoy: boolean;
  /** Findings that failed and did not refuse, each once. */
  readonly notes: readonly Reason[];
}

/**
 * Steps 9 to 11 of protocol section 7: appraisal and policy as they are now, quarantine before the answer leaves, trace and event.
 * At enrolment a rule that asks for a new enrolment has had it: it does not stand against the verdict.
 */
export async function judge(deps: DeviceDeps, admitted: AdmittedStatement, grounds: Grounds): Promise<Judged> {
  const { project } = admitted.context;
  const checks = appraiseGrounds(deps, admitted, grounds);
  const settings = rulesOf(project);
  const decision = decide(checks, settings);
  const notes = notesOf(checks, settings);
  const arc = toArc(deps.random(10));
  const decoy = answersDecoy(project.settings, decision);
  if (grounds.facts !== null && isOfFleet(checks, settings)) {
    const packageName = admitted.context.apps.get(admitted.statement.app.id)?.android?.packageName ?? null;
    deps.fleet.note({ statement: admitted.statement, facts: grounds.facts, packageName }, deps.clock.nowMs());
  }
  if (decision.severe && grounds.facts !== null) {
    await quarantine(deps, admitted, grounds, decision);
  }
  if (decision.renew === null) {
    const recorded = record(deps, admitted, grounds, { decision, arc, decoy, notes }, checks);
    // Nothing is awaited for a decoy that is not awaited for a genuine session too: a trace that is lost costs less than one that tells.
    if (decoy && admitted.statement.use === "session") recorded.catch(() => {});
    else await recorded;
  }
  return { decision, arc, decoy, notes };
}

/** What is so of these grounds, by the project's settings and references as they are now. */
export function appraiseGrounds(
  deps: DeviceDeps,
  { statement, context }: AdmittedStatement,
  grounds: Grounds,
): readonly Check[] {
  const { project } = context;
  const app = context.apps.get(statement.app.id) ?? null;
  return appraise({
    use: statement.use,
    platform: statement.platform,
    evidence: grounds.evidence,
    facts: grounds.facts,
    play: grounds.play ?? null,
    developmentKey: grounds.developmentKey ?? developmentKeyOf(deps, context, grounds.facts),
    factsVersion: grounds.factsVersion,
    claims: statement.app,
    signals: statement.signals.seen,
    detectors: statement.signals.detectors,
    references: app,
    releases: app && { mode: app.releases, known: context.releases.get(app.id) ?? [] },
    settings: {
      kind: project.kind,
      ...project.settings,
      reenrolOnUpdate: statement.use === "session" && project.settings.reenrolOnUpdate === true,
    },
    bans: grounds.standing,
    nowMs: deps.clock.nowMs(),
    evidenceAtMs: grounds.evidenceAtMs,
    riskMetric: deps.riskMetrics.of(project.id, statement.instance),
  });
}

function developmentKeyOf(
  { clock }: DeviceDeps,
  context: AdmittedStatement["context"],
  facts: Facts | null,
): DevelopmentKeyState | null {
  if (facts === null || !("development" in facts)) return null;
  return standingOfDevelopmentKey(context, facts.development.key, clock.nowMs());
}

/** A quarantine that ends this much of its length sooner than a new one would is prolonged: not with each of many statements. */
const prolongedFrom = 0.05;

/** By instance, and by subject so that a re-enrolment which keeps the subject keeps the quarantine. */
async function quarantine(
  deps: DeviceDeps,
  { statement, context }: AdmittedStatement,
  { subject, standing }: Grounds,
  decision: Decision,
): Promise<void> {
  const createdAtMs = deps.clock.nowMs();
  const lengthMs = context.project.settings.quarantineSeconds * 1000;
  const untilMs = createdAtMs + lengthMs;
  if (untilMs - (standing.quarantinedUntilMs ?? 0) < lengthMs * prolongedFrom) return;
  const common = {
    project: statement.project,
    kind: "quarantine",
    reason: decision.reasons.join(","),
    createdAtMs,
    untilMs,
  } as const;
  deps.standing.add(await deps.store.bans.add({ ...common, by: "instance", target: statement.instance }));
  if (subject !== null) deps.standing.add(await deps.store.bans.add({ ...common, by: "subject", target: subject }));
  deps.changes.changed(statement.project, "bans");
}

async function record(
  deps: DeviceDeps,
  { statement, network }: AdmittedStatement,
  grounds: Grounds,
  { decision, arc, decoy }: Judged,
  checks: readonly Check[],
): Promise<void> {
  const { project, use, platform, instance, app } = statement;
  const { verdict, reasons } = decision;
  if (grounds.facts === null && !(await isStrangerWithin(deps, project, network))) return;
  const atMs = deps.clock.nowMs();
  const event: VerdictEvent = {
    project,
    atMs,
    app: app.id,
    platform,
    verdict,
    reason: reasons[0] ?? null,
    subject: grounds.subject,
    use,
    ...(decoy ? { decoy } : {}),
  };
  const signals = [...new Set(statement.signals.seen.map((signal) => signal.name))];
  const allChecks = [...grounds.evidenceChecks, ...checks];
  const trace: Trace = {
    project,
    arc,
    atMs,
    use,
    verdict,
    reasons,
    checks: allChecks,
    app: app.id,
    platform,
    instance,
    signals,
    ...(decoy ? { decoy } : {}),
  };
  deps.outbox.event(event);
  // A decoy waits for the record where a genuine instance does, and nowhere else.
  if (verdict === "refused" && (!decoy || (use === "enrol" && grounds.facts === null)))
    await deps.outbox.traceNow(trace);
  else deps.outbox.trace(trace);
}

/**
 * Whoever brought no verified evidence is written down within a budget of their network and project, or a flood of them would push every
 * other trace out of the record. Over it the ARC resolves to nothing.
 */
async function isStrangerWithin(deps: DeviceDeps, project: string, network: string): Promise<boolean> {
  const { strangerTracesPerNetworkPerHour: ofNetwork, strangerTracesPerProjectPerHour: ofProject } = deps.budgets;
  return (
    (await deps.ledger.take(`${project}:strangers:${network}`, ofNetwork, 3600)) &&
    (await deps.ledger.take(`${project}:strangers`, ofProject, 3600))
  );
}
