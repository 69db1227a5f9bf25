import type { TrafficCounts } from "../verifier/traffic-names.ts";
import type { AdminContext } from "./admin-context.ts";
import { projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";

const hourMs = 3_600_000;
const mostHours = 24 * 90;
const reasonPrefix = "reason:";

/** How the requests of an API fell over whole hours, as its backends reported. */
export interface TrafficView {
  readonly api: string;
  readonly fromMs: number;
  /** The present time: the last hour is not over yet. */
  readonly toMs: number;
  /** All five buckets together. */
  readonly requests: number;
  readonly counts: Omit<TrafficCounts, "decoys">;
  /** How many of the invalid were decoys. */
  readonly decoys: number;
  /** How many an API that enforces would have refused: all but the verified. */
  readonly refusable: number;
  /** Requests by the reason they were refused for, or would have been. */
  readonly reasons: Readonly<Record<string, number>>;
}

export async function showTraffic(
  context: AdminContext,
  projectId: string,
  api: string,
  hours: number,
): Promise<TrafficView> {
  const project = await projectOf(context, projectId);
  if ((await context.store.protectedApis.get(project.id, api)) === null) {
    throw new AdminError(
      "not_found",
      "There is no such API in this project. `countersign api list` shows those there are.",
    );
  }
  if (!Number.isSafeInteger(hours) || hours < 1 || hours > mostHours)
    throw invalidInput("/hours", `Hours are a whole number from 1 to ${mostHours}.`);
  const toMs = context.nowMs();
  const fromMs = Math.floor(toMs / hourMs) * hourMs - (hours - 1) * hourMs;
  const sums = await context.store.traffic.sums(project.id, api, fromMs, toMs + 1);
  const { verified = 0, outdated = 0, unknownOrigin = 0, invalid = 0, reused = 0, decoys = 0 } = sums;
  const refusable = outdated + unknownOrigin + invalid + reused;
  const reasons = Object.entries(sums)
    .filter(([name]) => name.startsWith(reasonPrefix))
    .map(([name, count]) => [name.slice(reasonPrefix.length), count] as const)
    .toSorted(([, a], [, b]) => b - a);
  return {
    api,
    fromMs,
    toMs,
    requests: verified + refusable,
    counts: { verified, outdated, unknownOrigin, invalid, reused },
    decoys,
    refusable,
    reasons: Object.fromEntries(reasons),
  };
}
