import { hookTokenHash, newHookToken } from "../alarms/hook-token.ts";
import type { AlarmHook } from "../ports/index.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError } from "./admin-error.ts";
import { parseIdentifier } from "./rules/identifier.ts";
import { accept } from "./rules/rule.ts";

const mostHooks = 32;

/** A hook as operators see it later: never its token, nor its hash. */
export type AlarmHookView = Pick<AlarmHook, "name" | "decoy" | "createdAtMs">;

export interface AlarmHookInput {
  readonly name: string;
  /** The decoy that its reports are about. Default: each report may name one. */
  readonly decoy?: string | null | undefined;
}

/** `token` goes into `url`, or into `Authorization: Bearer` at the same path without it. Shown once; the service keeps its hash. */
export interface NewAlarmHook extends AlarmHookView {
  readonly token: string;
  readonly url: string;
}

const toView = ({ name, decoy, createdAtMs }: AlarmHook): AlarmHookView => ({ name, decoy, createdAtMs });

export async function listAlarmHooks(context: AdminContext, projectId: string): Promise<readonly AlarmHookView[]> {
  const project = await projectOf(context, projectId);
  return (await context.store.alarmHooks.list(project.id)).map(toView);
}

/** Makes an address at which somebody outside may report that a decoy was used. */
export async function addAlarmHook(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  input: AlarmHookInput,
): Promise<NewAlarmHook> {
  const project = await projectOf(context, projectId);
  const name = accept("/name", parseIdentifier(input.name));
  const decoy = input.decoy ?? null;
  const decoys = await context.store.decoySecrets.list(project.id);
  if (decoy !== null && !decoys.some((each) => each.name === decoy))
    throw new AdminError("not_found", "There is no such decoy. `countersign decoy list` shows those there are.");
  if ((await context.store.alarmHooks.list(project.id)).length >= mostHooks)
    throw new AdminError("limit_reached", `A project has at most ${mostHooks} hooks. Remove one first.`);
  const token = newHookToken(context.random);
  const hook: AlarmHook = {
    project: project.id,
    name,
    decoy,
    tokenHash: hookTokenHash(token),
    createdAtMs: context.nowMs(),
  };
  if (!(await context.store.alarmHooks.add(hook)))
    throw new AdminError("conflict", "There is a hook of this name. Choose another name, or remove it.");
  await audited(context, actor, project.id, "alarm.hook.add", name, { decoy });
  const url = `${context.verifying.publicOrigin()}/v1/alarms/${project.id}/${token}`;
  return { ...toView(hook), token, url };
}

/** Takes a hook out of use from the next report on. */
export async function removeAlarmHook(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: string,
): Promise<void> {
  const project = await projectOf(context, projectId);
  if (!(await context.store.alarmHooks.remove(project.id, name)))
    throw new AdminError("not_found", "There is no such hook. `countersign alarm-hook list` shows those there are.");
  await audited(context, actor, project.id, "alarm.hook.remove", name);
}
