import type {
  ProjectSettings,
  ProtectedApi,
  RecordStore,
  StoredTokenKey,
  TokenKeyTimes,
  Vault,
} from "../ports/index.ts";
import { planSuccession, toWholeSecond } from "./token-key-plan.ts";
import {
  attesterSet,
  isRetired,
  type KeySet,
  keySetOf,
  keysOfSet,
  signingKeyOf,
  tokenKeyTimes,
} from "./token-key-state.ts";
import { createTokenKey } from "./token-keys.ts";

/** What a project's keys are to serve. */
export interface KeyNeeds {
  readonly project: string;
  readonly settings: Pick<ProjectSettings, "oauthClients">;
  readonly nowMs: number;
}

/**
 * Makes the key that each set lacks: at once where nothing signs, and where an API's algorithm has changed once caches can have it, the former
 * key signing until then. Keys of APIs that are gone, or have no tokens any more, end when their last token has.
 */
export async function ensureTokenKeys(
  { store, vault }: { readonly store: RecordStore; readonly vault: Vault },
  { project, settings, nowMs }: KeyNeeds,
): Promise<void> {
  const apis = await store.protectedApis.list(project);
  let keys = await store.tokenKeys.ofProject(project);
  for (const set of setsOf(apis, settings)) {
    const inSet = keysOfSet(keys, set).filter((key) => !isRetired(key, nowMs));
    if (inSet.some((key) => key.alg === set.alg && isToStay(key))) continue;
    const knownMs = toWholeSecond(nowMs + tokenKeyTimes.overlapMs);
    const activeFromMs = signsUntil(inSet, knownMs, nowMs) ? knownMs : nowMs;
    const { retiresAtMs, times } = planSuccession(inSet, { activeFromMs, atOnce: false }, nowMs);
    const added = await createTokenKey(vault, {
      project,
      ...set,
      createdAtMs: nowMs,
      activeFromMs,
      retiresAtMs,
    });
    await store.tokenKeys.change(project, { add: [added], times });
    keys = await store.tokenKeys.ofProject(project);
  }
  const ends = unserved(keys, apis, nowMs);
  if (ends.length > 0) await store.tokenKeys.change(project, { times: ends });
}

/** Whether the keys that are there sign at every moment before a successor does. */
function signsUntil(keys: readonly StoredTokenKey[], successorMs: number, nowMs: number): boolean {
  const moments = [
    nowMs,
    successorMs - 1,
    ...keys.flatMap(({ activeFromMs }) => (activeFromMs === null ? [] : [activeFromMs - 1])),
  ];
  return moments.every((atMs) => atMs < nowMs || atMs >= successorMs || signingKeyOf(keys, atMs) !== null);
}

/** Signs now or is due to, with no end in sight. */
function isToStay({ activeFromMs, retiresAtMs }: StoredTokenKey): boolean {
  return activeFromMs !== null && retiresAtMs === null;
}

function setsOf(apis: readonly ProtectedApi[], { oauthClients = [] }: KeyNeeds["settings"]): readonly KeySet[] {
  const sets = apis.flatMap(({ id, token }) => (token === null ? [] : [keySetOf(id, token)]));
  return oauthClients.length === 0 ? sets : [...sets, attesterSet];
}

function unserved(
  keys: readonly StoredTokenKey[],
  apis: readonly ProtectedApi[],
  nowMs: number,
): readonly TokenKeyTimes[] {
  const served = new Set(apis.flatMap(({ id, token }) => (token?.keys === "api" ? [id] : [])));
  const endsAtMs = toWholeSecond(nowMs + tokenKeyTimes.tailMs);
  return keys
    .filter(({ purpose, api }) => purpose === "api" && api !== null && !served.has(api))
    .filter(({ retiresAtMs }) => retiresAtMs === null || retiresAtMs > endsAtMs)
    .map(({ kid, activeFromMs }) => ({ kid, activeFromMs, retiresAtMs: endsAtMs }));
}
