import { type AlarmTarget, openTarget, sealTarget, type Told } from "../alarms/alarm-notifier.ts";
import type { Project } from "../ports/index.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";

const mostUrlCharacters = 1024;

/** Where alarms are told. The URL itself may hold what lets others write there, so its origin is all that is shown. */
export interface AlarmNoticesView {
  /** `https://HOST[:PORT]`; null: nowhere. */
  readonly origin: string | null;
}

/** `key` is `whsec_` and base64 of 32 bytes (Standard Webhooks). Shown once. */
export interface NewAlarmNotices {
  readonly origin: string;
  readonly key: string;
}

async function targetOf(context: AdminContext, project: Project): Promise<AlarmTarget | null> {
  const sealed = await context.store.alarmNotices.target(project.id);
  return sealed === null ? null : openTarget(context.vault, project.id, sealed);
}

export async function showAlarmNotices(context: AdminContext, projectId: string): Promise<AlarmNoticesView> {
  const target = await targetOf(context, await projectOf(context, projectId));
  return { origin: target === null ? null : new URL(target.url).origin };
}

/** Has each new alarm told there, signed with a new key. In place of an earlier address. */
export async function setAlarmNotices(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  input: { readonly url: string },
): Promise<NewAlarmNotices> {
  const project = await projectOf(context, projectId);
  const url = parseTarget(input.url);
  if (url === null)
    throw invalidInput(
      "/url",
      "An address is an https URL without user, password and fragment, of at most 1024 characters.",
    );
  const key = context.random(32);
  await context.store.alarmNotices.setTarget(project.id, sealTarget(context.vault, project.id, { url: url.href, key }));
  await audited(context, actor, project.id, "alarm.notify.set", url.origin);
  return { origin: url.origin, key: `whsec_${Buffer.from(key).toString("base64")}` };
}

export async function removeAlarmNotices(context: AdminContext, actor: Actor, projectId: string): Promise<void> {
  const project = await projectOf(context, projectId);
  const target = await targetOf(context, project);
  if (target === null) throw unset();
  await context.store.alarmNotices.setTarget(project.id, null);
  await audited(context, actor, project.id, "alarm.notify.remove", new URL(target.url).origin);
}

/** Sends a message that no alarm stands behind, and says what came of it. Nothing is repeated. */
export async function testAlarmNotices(context: AdminContext, actor: Actor, projectId: string): Promise<Told> {
  const project = await projectOf(context, projectId);
  const target = await targetOf(context, project);
  if (target === null) throw unset();
  if (!(await context.ledger.take(`${project.id}:alarm-notify-test`, 10, 60)))
    throw new AdminError("slow_down", "Too many tests within a minute.", { retryAfterSeconds: 60 });
  const id = Buffer.from(context.random(16)).toString("base64url");
  await audited(context, actor, project.id, "alarm.notify.test", new URL(target.url).origin);
  return await context.alarms.test(project, target, id);
}

const unset = (): AdminError =>
  new AdminError("not_found", "Alarms are told nowhere yet. `countersign alarm-notify set` says where.");

function parseTarget(text: string): URL | null {
  const url = text.length <= mostUrlCharacters && /^https:\/\/[!-~]+$/.test(text) ? URL.parse(text) : null;
  if (url === null || url.protocol !== "https:" || url.hostname === "") return null;
  return url.username === "" && url.password === "" && url.hash === "" ? url : null;
}
