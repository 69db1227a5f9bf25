import { isVerifyReason, type VerifyReason } from "@countersign/protocol";
import { type DeviceProblem, problem } from "../device/outcome.ts";
import type { Verifier } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import { type SpottedDecoy, spottedOf } from "./decoys-for-verifier.ts";
import { type TrafficCounts, trafficNames } from "./traffic-names.ts";
import type { VerifierDeps } from "./verifier-deps.ts";

const hourMs = 3_600_000;
/** How far back a report may speak, and how far its clock may be ahead. */
const reportableMs = 2 * hourMs;
const aheadMs = 60_000;
/** Nonces are kept for longer than a report with one of them is taken. */
export const nonceKeptMs = reportableMs + hourMs;

/** What a backend reports of one API. */
export interface Report {
  readonly api: string;
  readonly counts: TrafficCounts;
  readonly reasons: Readonly<Record<string, number>>;
  readonly fromMs: number;
  readonly toMs: number;
  readonly nonce: string;
  /** Decoys that requests of that time presented. */
  readonly spotted: readonly SpottedDecoy[];
}

/**
 * Adds a report to the hour in which it ends; `added` is false where its nonce was counted before. Reasons that this release does not
 * know are left out: a backend may be newer.
 */
export async function reportTraffic(
  deps: VerifierDeps,
  verifier: Verifier,
  report: Report,
): Promise<{ readonly ok: true; readonly added: boolean } | DeviceProblem> {
  const { project, name, api } = verifier;
  if (!(await deps.ledger.take(`${project}:report:${name}`, deps.budgets.reportsPerVerifierPerMinute, 60)))
    return problem("slow_down", "too many reports of one credential", { retryAfterSeconds: 60 });
  const context = await deps.contexts.get(project);
  if (context === null || !context.apis.has(report.api) || (api !== null && api !== report.api))
    return problem("not_found", "no such API");
  const nowMs = deps.clock.nowMs();
  const { fromMs, toMs } = report;
  if (fromMs > toMs || fromMs < nowMs - reportableMs || toMs > nowMs + aheadMs)
    return problem("malformed", "the report's time is not of the last two hours");
  const reasons = Object.entries(report.reasons).filter((entry): entry is [VerifyReason, number] =>
    isVerifyReason(entry[0]),
  );
  const added = await deps.store.traffic.add({
    project,
    verifier: name,
    api: report.api,
    nonce: report.nonce,
    atMs: nowMs,
    hourMs: Math.floor(Math.min(toMs, nowMs) / hourMs) * hourMs,
    counts: {
      ...Object.fromEntries(trafficNames.map((name) => [name, report.counts[name]])),
      ...Object.fromEntries(reasons.map(([reason, count]) => [`reason:${reason}`, count])),
    },
  });
  if (added) raiseSpotted(deps, context, verifier, report);
  return { ok: true, added };
}

function raiseSpotted(
  { watch, book }: Pick<VerifierDeps, "watch" | "book">,
  context: ProjectContext,
  verifier: Verifier,
  { api, spotted }: Report,
): void {
  const { project, name } = verifier;
  for (const { decoy, uses } of spottedOf(watch, context, verifier, spotted)) {
    const who = { api, verifier: name };
    book.raise({ project, kind: decoy.kind, decoy: decoy.name, where: "verifier", who, count: uses });
  }
}
