import type { Alarm } from "../ports/index.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError } from "./admin-error.ts";

/** An alarm as operators see it. */
export type AlarmView = Omit<Alarm, "project">;

export interface AlarmChoice {
  /** Those alone that nobody has acknowledged. */
  readonly open: boolean;
  /** 1 to 1000. */
  readonly limit: number;
}

function toView({ id, kind, decoy, where, who, count, firstAtMs, lastAtMs, acknowledgedAtMs }: Alarm): AlarmView {
  return { id, kind, decoy, where, who, count, firstAtMs, lastAtMs, acknowledgedAtMs };
}

const absent = (): AdminError =>
  new AdminError("not_found", "There is no such alarm. `countersign alarm list` shows those there are.");

/** Alarms of a project, newest use first. What this node has counted and not yet written is written before. */
export async function listAlarms(
  context: AdminContext,
  projectId: string,
  choice: AlarmChoice,
): Promise<readonly AlarmView[]> {
  const project = await projectOf(context, projectId);
  await context.alarms.flush();
  return (await context.store.alarms.list(project.id, choice)).map(toView);
}

export async function showAlarm(context: AdminContext, projectId: string, id: string): Promise<AlarmView> {
  const project = await projectOf(context, projectId);
  await context.alarms.flush();
  const alarm = await context.store.alarms.get(project.id, id);
  if (alarm === null) throw absent();
  return toView(alarm);
}

/** Says that somebody has seen it. Uses from now on are a new alarm. */
export async function acknowledgeAlarm(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  id: string,
): Promise<AlarmView> {
  const project = await projectOf(context, projectId);
  await context.alarms.end(project.id, id);
  if (!(await context.store.alarms.acknowledge(project.id, id, context.nowMs()))) throw absent();
  await audited(context, actor, project.id, "alarm.acknowledge", id);
  return await showAlarm(context, project.id, id);
}
