import { developmentKeyId, formatDevelopmentKey } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import type { DevelopmentKey } from "../ports/index.ts";
import { sealDevelopmentKey } from "../project/development-key.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { parseIdentifier } from "./rules/identifier.ts";
import { accept } from "./rules/rule.ts";

const MOST_KEYS = 256;
const LONGEST_SECONDS = 90 * 86_400;
const LARGEST_QUOTA = 1_000_000;

/** A development key as operators see it: never the key. */
export type DevelopmentKeyView = Omit<DevelopmentKey, "project" | "secret">;

export interface DevelopmentKeyInput {
  readonly name: string;
  /** 60 seconds to 90 days. */
  readonly expiresInSeconds: number;
  /** Enrolments in all. */
  readonly quota: number;
  /** Enrolments within a day. Default: as many as in all. */
  readonly perDay?: number | undefined;
}

/** `key` is `csd_` and 32 random bytes as b64u. Shown once; the service keeps it enveloped, and gives it back by no operation. */
export interface NewDevelopmentKey extends DevelopmentKeyView {
  readonly key: string;
}

function toView(key: DevelopmentKey): DevelopmentKeyView {
  const { project: _, secret: _secret, ...view } = key;
  return view;
}

/** Every development key of the project, revoked ones too. */
export async function listDevelopmentKeys(
  context: AdminContext,
  projectId: string,
): Promise<readonly DevelopmentKeyView[]> {
  const project = await projectOf(context, projectId);
  return (await context.store.developmentKeys.list(project.id)).map(toView);
}

/** Makes a key with which simulators and CI enrol. `development_only` in a production project: none is ever made for one. */
export async function createDevelopmentKey(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  input: DevelopmentKeyInput,
): Promise<NewDevelopmentKey> {
  const project = await projectOf(context, projectId);
  if (project.kind !== "development") {
    throw new AdminError(
      "development_only",
      "This is a production project: no development key is ever made for one. Use a development project for simulators and CI.",
    );
  }
  const name = accept("/name", parseIdentifier(input.name));
  const expiresInSeconds = within(input.expiresInSeconds, 60, LONGEST_SECONDS, "/expiresInSeconds");
  const quota = within(input.quota, 1, LARGEST_QUOTA, "/quota");
  const perDay = within(input.perDay ?? quota, 1, quota, "/perDay");
  const nowMs = context.nowMs();
  const keys = await context.store.developmentKeys.list(project.id);
  const standing = keys.filter(({ revokedAtMs, expiresAtMs }) => revokedAtMs === null && expiresAtMs > nowMs);
  if (standing.length >= MOST_KEYS) {
    throw new AdminError(
      "limit_reached",
      `A project has at most ${MOST_KEYS} development keys that are good. Revoke one first.`,
    );
  }
  const secret = context.random(32);
  const id = developmentKeyId(sha256, secret);
  const createdAtMs = context.nowMs();
  const key: DevelopmentKey = {
    project: project.id,
    id,
    name,
    secret: sealDevelopmentKey(context.vault, { project: project.id, id }, secret),
    quota,
    perDay,
    enrolled: 0,
    createdAtMs,
    expiresAtMs: createdAtMs + expiresInSeconds * 1000,
    revokedAtMs: null,
  };
  if (!(await context.store.developmentKeys.add(key))) {
    throw new AdminError(
      "conflict",
      "There is a development key of this name. Choose another name, or revoke it first.",
    );
  }
  await context.operations.republish(project.id);
  await audited(context, actor, project.id, "development-key.create", name, {
    key: id,
    quota,
    perDay,
    expiresAtMs: key.expiresAtMs,
  });
  return { ...toView(key), key: formatDevelopmentKey(secret) };
}

/** Takes a key out of use: nothing enrols with it any more, and what it enrolled is refused from its next statement on. */
export async function revokeDevelopmentKey(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: string,
): Promise<void> {
  const project = await projectOf(context, projectId);
  if (!(await context.store.developmentKeys.revoke(project.id, name, context.nowMs()))) {
    throw new AdminError(
      "not_found",
      "No development key of this name is in use. `countersign devkey list` shows those there are.",
    );
  }
  await context.operations.republish(project.id);
  await audited(context, actor, project.id, "development-key.revoke", name);
}

function within(value: number, low: number, high: number, path: string): number {
  if (Number.isSafeInteger(value) && value >= low && value <= high) return value;
  throw invalidInput(path, `This is a whole number from ${low} to ${high}.`);
}
