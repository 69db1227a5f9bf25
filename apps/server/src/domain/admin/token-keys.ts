import type { StoredTokenKey } from "../ports/index.ts";
import {
  earliestActivation,
  earliestRetirement,
  planSuccession,
  signsAlways,
  toWholeSecond,
} from "../project/token-key-plan.ts";
import { isRetired, isStaged, keysOfSet, tokenKeyTimes } from "../project/token-key-state.ts";
import { createTokenKey } from "../project/token-keys.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { checkRoom, isNeeded, type KeyTarget, setOfTarget, type TargetSet } from "./token-key-set.ts";
import { keyNamed, readChange, type TokenKeyChangeView, type TokenKeyView, toKeyView } from "./token-key-view.ts";

const MOST_LEAD_SECONDS = 90 * 86_400;

export interface RotationInput extends KeyTarget {
  /** When the new key is to sign; default once every cache has it. A secret key has no default: backends must be given it first. */
  readonly inSeconds?: number | undefined;
  /** An emergency: the new key signs at once, and the others are worth nothing from now on. */
  readonly now?: boolean | undefined;
}

/** Every key of the project, retired ones too, oldest first. */
export async function listTokenKeys(context: AdminContext, projectId: string): Promise<readonly TokenKeyView[]> {
  const project = await projectOf(context, projectId);
  const keys = await context.store.tokenKeys.ofProject(project.id);
  return keys.map((key) => toKeyView(key, keys, context.nowMs()));
}

/** Makes a key that takes over from the others of its set: published now, signing once it is known everywhere. */
export async function rotateTokenKey(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  input: RotationInput,
): Promise<TokenKeyChangeView> {
  const project = await projectOf(context, projectId);
  const target = await setOfTarget(context, project.id, input);
  const nowMs = context.nowMs();
  const atOnce = input.now ?? false;
  const leadMs = toLeadMs(target, input);
  const activeFromMs = atOnce ? nowMs : toWholeSecond(nowMs + leadMs);
  if (!atOnce) checkRoom(target, nowMs);
  const { retiresAtMs, times } = planSuccession(target.keys, { activeFromMs, atOnce }, nowMs);
  const added = await addKey(context, project.id, target, { activeFromMs, retiresAtMs });
  await context.store.tokenKeys.change(project.id, { add: [added], times });
  context.operations.tokenKeysChanged(project.id, atOnce);
  const replaced = times.map(({ kid }) => kid);
  await audited(context, actor, project.id, "key.rotate", added.kid, {
    ...scopeOf(added),
    now: atOnce,
    activeFromMs,
    replaced: replaced.join(","),
  });
  return await readChange(context, project.id, added.kid, replaced);
}

/** Makes a key that is published, or may be exported, and signs nothing until it is activated. */
export async function stageTokenKey(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  input: KeyTarget,
): Promise<TokenKeyView> {
  const project = await projectOf(context, projectId);
  const target = await setOfTarget(context, project.id, input);
  checkRoom(target, context.nowMs());
  const added = await addKey(context, project.id, target, { activeFromMs: null, retiresAtMs: null });
  await context.store.tokenKeys.change(project.id, { add: [added] });
  context.operations.tokenKeysChanged(project.id, false);
  await audited(context, actor, project.id, "key.stage", added.kid, scopeOf(added));
  return toKeyView(added, [...target.keys, added], context.nowMs());
}

/** Has a staged key take over: a public one once every cache has it, a secret one at once; `now`: at once, whatever caches have. */
export async function activateTokenKey(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  kid: string,
  input: { readonly now?: boolean | undefined },
): Promise<TokenKeyChangeView> {
  const project = await projectOf(context, projectId);
  const keys = await context.store.tokenKeys.ofProject(project.id);
  const key = keyNamed(keys, kid);
  const nowMs = context.nowMs();
  if (key.retiresAtMs !== null || !isStaged(key, nowMs)) {
    throw new AdminError("conflict", "Only a staged key can be activated; this one is active, or its end is set.");
  }
  const activeFromMs = input.now === true ? nowMs : earliestActivation(key, nowMs);
  if (key.activeFromMs !== null && activeFromMs >= key.activeFromMs) {
    throw new AdminError("conflict", "The key is due to sign by then already, once every cache has it.");
  }
  const others = keysOfSet(keys, key).filter((each) => each.kid !== kid);
  const { retiresAtMs, times } = planSuccession(others, { activeFromMs, atOnce: false }, nowMs);
  await context.store.tokenKeys.change(project.id, { times: [{ kid, activeFromMs, retiresAtMs }, ...times] });
  context.operations.tokenKeysChanged(project.id, false);
  const replaced = times.map((each) => each.kid);
  await audited(context, actor, project.id, "key.activate", kid, {
    ...scopeOf(key),
    activeFromMs,
    replaced: replaced.join(","),
  });
  return await readChange(context, project.id, kid, replaced);
}

/**
 * Sets a key's end: by default when the last token it may sign now has ended, else at `atMs`, which is not before that; `now`: at once. A
 * key stays where its set would be left, at any moment, with none that signs.
 */
export async function retireTokenKey(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  kid: string,
  input: { readonly atMs?: number | undefined; readonly now?: boolean | undefined },
): Promise<TokenKeyView> {
  const project = await projectOf(context, projectId);
  const keys = await context.store.tokenKeys.ofProject(project.id);
  const key = keyNamed(keys, kid);
  const nowMs = context.nowMs();
  if (isRetired(key, nowMs)) throw new AdminError("conflict", "The key is retired already.");
  const retiresAtMs = endOf(key, input, nowMs);
  const ended = { ...key, retiresAtMs };
  const after = keysOfSet(keys, key).map((each) => (each.kid === kid ? ended : each));
  const apis = await context.store.protectedApis.list(project.id);
  if (isNeeded(key, apis, project.settings) && !signsAlways(after, nowMs)) {
    const message =
      "Without this key nothing would sign. `countersign key rotate` makes its successor and sets its end, with --now at once.";
    throw new AdminError("in_use", message);
  }
  await context.store.tokenKeys.change(project.id, { times: [ended] });
  context.operations.tokenKeysChanged(project.id, input.now ?? false);
  await audited(context, actor, project.id, "key.retire", kid, { ...scopeOf(key), retiresAtMs });
  return (await readChange(context, project.id, kid, [])).key;
}

function endOf(
  key: StoredTokenKey,
  { atMs, now = false }: { readonly atMs?: number | undefined; readonly now?: boolean | undefined },
  nowMs: number,
): number {
  if (now) {
    if (atMs !== undefined) throw invalidInput("/atMs", "Give a time or `now`, not both.");
    return nowMs;
  }
  const earliestMs = earliestRetirement(key, nowMs);
  if (atMs !== undefined && atMs < earliestMs) {
    const earliest = new Date(earliestMs).toISOString();
    throw invalidInput(
      "/atMs",
      `Tokens and caches rest on this key until ${earliest}. Name no earlier time, or give \`now\`.`,
    );
  }
  return toWholeSecond(atMs ?? earliestMs);
}

function toLeadMs({ set }: TargetSet, { inSeconds, now = false }: RotationInput): number {
  if (now && inSeconds === undefined) return 0;
  if (now) throw invalidInput("/inSeconds", "Give a lead or `now`, not both.");
  if (inSeconds === undefined && set.alg === "HS256") {
    throw invalidInput(
      "/inSeconds",
      "Backends must be given a secret before it signs. Say in how many seconds it is to sign and export it before, or stage it and activate it later.",
    );
  }
  const leastSeconds = tokenKeyTimes.overlapMs / 1000;
  const seconds = inSeconds ?? leastSeconds;
  if (seconds < leastSeconds || seconds > MOST_LEAD_SECONDS) {
    throw invalidInput("/inSeconds", `The lead is from ${leastSeconds} to ${MOST_LEAD_SECONDS} seconds.`);
  }
  return seconds * 1000;
}

async function addKey(
  context: AdminContext,
  project: string,
  target: TargetSet,
  times: Pick<StoredTokenKey, "activeFromMs" | "retiresAtMs">,
): Promise<StoredTokenKey> {
  return await createTokenKey(context.vault, { project, ...target.set, createdAtMs: context.nowMs(), ...times });
}

function scopeOf({ purpose, api, alg }: StoredTokenKey): { purpose: string; api: string | null; alg: string } {
  return { purpose, api, alg };
}
