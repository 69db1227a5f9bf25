import { decodeBase64url } from "@countersign/protocol";
import type { Ban, Instance } from "../ports/index.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";

const LONGEST_BAN_SECONDS = 10 * 365 * 86_400;

/** An instance as operators see it. Its subject stays inside the service (protocol section 2); a ban by subject names the instance. */
export interface InstanceView extends Omit<Instance, "project" | "subject" | "attestedKey" | "instanceKey"> {
  /** Name of the development key it enrolled with. Null: it brought evidence. */
  readonly developmentKey: string | null;
  readonly bans: readonly BanView[];
}

export interface BanView {
  readonly kind: Ban["kind"];
  readonly by: Ban["by"];
  readonly reason: string;
  readonly createdAtMs: number;
  readonly untilMs: number | null;
}

export interface BanInput {
  readonly reason: string;
  /** `subject` also meets what the same installation enrols later. Default `instance`. */
  readonly by?: Ban["by"] | undefined;
  /** Default: until lifted. */
  readonly seconds?: number | undefined;
}

export interface Banned {
  readonly instance: string;
  /** False where the service has not seen the instance yet: the ban then waits for it. */
  readonly known: boolean;
  readonly ban: BanView;
}

const toBanView = ({ kind, by, reason, createdAtMs, untilMs }: Ban): BanView => ({
  kind,
  by,
  reason,
  createdAtMs,
  untilMs,
});

const absent = (): AdminError =>
  new AdminError(
    "not_found",
    "This project has no such instance. `countersign arc show` names the instance behind an ARC.",
  );

/** The record of an instance with every ban and quarantine that holds it now. */
export async function showInstance(context: AdminContext, projectId: string, id: string): Promise<InstanceView> {
  const project = await projectOf(context, projectId);
  const instance = await context.store.instances.get(project.id, id);
  if (instance === null) throw absent();
  const { project: _, subject, attestedKey: _key, instanceKey: _instanceKey, ...view } = instance;
  const bans = await activeBans(context, project.id, id, subject);
  return { ...view, developmentKey: await developmentKeyOf(context, instance), bans: bans.map(toBanView) };
}

async function developmentKeyOf(context: AdminContext, { project, facts }: Instance): Promise<string | null> {
  if (!("development" in facts)) return null;
  const keys = await context.store.developmentKeys.list(project);
  return keys.find(({ id }) => id === facts.development.key)?.name ?? facts.development.key;
}

/** Bans an instance, or its subject, from this moment on. Banned so already: the held ban is answered and nothing is changed. */
export async function banInstance(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  id: string,
  input: BanInput,
): Promise<Banned> {
  const project = await projectOf(context, projectId);
  if (decodeBase64url(id, 16) === null) {
    throw invalidInput(
      "/instance",
      "An instance is 22 characters of base64url. `countersign arc show` names the one behind an ARC.",
    );
  }
  const reason = input.reason.trim();
  if (reason.length < 1 || reason.length > 200 || /\p{Cc}/u.test(reason)) {
    throw invalidInput(
      "/reason",
      "A reason has 1 to 200 characters in one line; it is kept for whoever lifts the ban.",
    );
  }
  const by = input.by ?? "instance";
  const instance = await context.store.instances.get(project.id, id);
  if (by === "subject" && instance === null) throw absent();
  const target = by === "subject" && instance !== null ? instance.subject : id;
  const held = (await context.store.bans.active(context.nowMs())).find(
    (ban) =>
      ban.project === project.id &&
      ban.kind === "ban" &&
      ban.by === by &&
      ban.target === target &&
      ban.untilMs === null,
  );
  const ban =
    held ??
    (await context.store.bans.add({
      project: project.id,
      kind: "ban",
      by,
      target,
      reason,
      createdAtMs: context.nowMs(),
      untilMs: untilOf(context, input.seconds),
    }));
  if (held === undefined) {
    await context.operations.reconcileBans();
    await audited(context, actor, project.id, "instance.ban", id, { by, reason, untilMs: ban.untilMs });
  }
  return { instance: id, known: instance !== null, ban: toBanView(ban) };
}

/** Lifts every active ban and quarantine of the instance and its subject, or those of one kind of target alone. */
export async function unbanInstance(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  id: string,
  by: Ban["by"] | null,
): Promise<void> {
  const project = await projectOf(context, projectId);
  const subject = (await context.store.instances.get(project.id, id))?.subject ?? null;
  const nowMs = context.nowMs();
  const byInstance = by !== "subject" && (await context.store.bans.lift(project.id, "instance", id, nowMs));
  const bySubject =
    by !== "instance" && subject !== null && (await context.store.bans.lift(project.id, "subject", subject, nowMs));
  if (!byInstance && !bySubject) throw new AdminError("not_found", "No ban holds this instance. Nothing was changed.");
  await context.operations.reconcileBans();
  await audited(context, actor, project.id, "instance.unban", id, { byInstance, bySubject });
}

async function activeBans(
  context: AdminContext,
  project: string,
  instance: string,
  subject: string,
): Promise<readonly Ban[]> {
  const bans = await context.store.bans.active(context.nowMs());
  return bans.filter((ban) => ban.project === project && ban.target === (ban.by === "instance" ? instance : subject));
}

function untilOf(context: AdminContext, seconds: number | undefined): number | null {
  if (seconds === undefined) return null;
  if (!Number.isSafeInteger(seconds) || seconds < 1 || seconds > LONGEST_BAN_SECONDS) {
    throw invalidInput("/seconds", "A ban lasts from 1 second to 10 years; left out, until it is lifted.");
  }
  return context.nowMs() + seconds * 1000;
}
