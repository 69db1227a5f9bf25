import { isArc, type Reason, type ReasonText, reasons } from "@countersign/protocol";
import type { Trace } from "../ports/index.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";

const LOOK_UPS_PER_MINUTE = 60;

/** What stands behind an ARC, each reason with what it means. */
export interface TraceView extends Omit<Trace, "project" | "reasons" | "decoy"> {
  /** Whether the refusal was answered with a decoy. */
  readonly decoy: boolean;
  readonly reasons: readonly ({ readonly reason: Reason } & ReasonText)[];
}

/** Resolves an ARC of this project for people. */
export async function resolveArc(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  text: string,
): Promise<TraceView> {
  const { project: _, ...view } = await readTrace(context, actor, projectId, text);
  return {
    ...view,
    decoy: view.decoy === true,
    reasons: view.reasons.map((reason) => ({ reason, ...reasons[reason] })),
  };
}

/** The trace behind an ARC of this project: rate-limited per administrator, and audited whether it was found or not. */
export async function readTrace(context: AdminContext, actor: Actor, projectId: string, text: string): Promise<Trace> {
  const project = await projectOf(context, projectId);
  const arc = text.replaceAll(/[\s-]/g, "").toUpperCase();
  if (!isArc(arc))
    throw invalidInput("/arc", "An ARC has 16 characters out of A-Z and 2-7; the user sees it in the app's message.");
  if (!(await context.ledger.take(`${project.id}:arc:${actor.id}`, LOOK_UPS_PER_MINUTE, 60))) {
    throw new AdminError(
      "slow_down",
      `At most ${LOOK_UPS_PER_MINUTE} ARCs a minute can be looked up. Try again in a minute.`,
      {
        retryAfterSeconds: 60,
      },
    );
  }
  const trace = await context.store.traces.get(project.id, arc);
  await audited(context, actor, project.id, "arc.resolve", arc, { found: trace !== null });
  if (trace === null) {
    throw new AdminError(
      "not_found",
      "This project has no trace under this ARC. Traces are kept for 30 days; is the ARC of another project?",
    );
  }
  return trace;
}
