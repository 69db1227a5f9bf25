import type { AdminContext } from "./admin-context.ts";
import { projectOf } from "./admin-context.ts";
import { invalidInput } from "./admin-error.ts";

/** Activity of one calendar month (UTC). */
export interface ActivityView {
  /** `YYYY-MM` */
  readonly month: string;
  /** Distinct installations with a trusted verdict, by platform. */
  readonly active: Readonly<Record<string, number>>;
  /** Verdicts given. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** How many of the refused ones were answered with decoys. */
  readonly decoys: number;
}

/** Monthly active genuine installations and verdicts; `month` null: the present month. */
export async function countActivity(
  context: AdminContext,
  projectId: string,
  month: string | null,
): Promise<ActivityView> {
  const project = await projectOf(context, projectId);
  const named = month ?? new Date(context.nowMs()).toISOString().slice(0, 7);
  const match = /^(20\d\d)-(0[1-9]|1[0-2])$/.exec(named);
  if (match === null) throw invalidInput("/month", "A month is written `YYYY-MM`, for example `2026-11`.");
  const [year, monthNumber] = [Number(match[1]), Number(match[2])];
  const from = Date.UTC(year, monthNumber - 1, 1);
  const to = Date.UTC(year, monthNumber, 1);
  return {
    month: named,
    active: await context.store.events.countActive(project.id, from, to),
    verdicts: await context.store.events.countVerdicts(project.id, from, to),
    decoys: await context.store.events.countDecoys(project.id, from, to),
  };
}
