import type {
  ProjectSettings,
  ProtectedApi,
  RecordStore,
  StoredTokenKey,
  TokenKeyTimes,
  Vault,
} from "../ports/index.ts";
import { planKey } from "./plan-key.ts";
import { toWholeSecond } from "./token-key-plan.ts";
import { attesterSet, isRetired, type KeySet, keySetOf, keysOfSet, tokenKeyTimes } from "./token-key-state.ts";
import { createTokenKey } from "./token-keys.ts";

/** What a project's keys are to serve. */
export interface KeyNeeds {
  readonly project: string;
  readonly settings: Pick<ProjectSettings, "oauthClients">;
  readonly nowMs: number;
}

/**
 * Has each set signed for by a key of its algorithm: at once where nothing signs, and where an API's algorithm has changed once caches can
 * have the key, the former one signing until then. A secret waits until it is activated: backends must be given it first. Keys of APIs that
 * are gone, or have no tokens any more, end when their last token has.
 */
export async function ensureTokenKeys(
  { store, vault }: { readonly store: RecordStore; readonly vault: Vault },
  { project, settings, nowMs }: KeyNeeds,
): Promise<void> {
  const apis = await store.protectedApis.list(project);
  let keys = await store.tokenKeys.ofProject(project);
  for (const set of setsOf(apis, settings)) {
    const inSet = keysOfSet(keys, set).filter((key) => !isRetired(key, nowMs));
    const { make, times } = planKey(inSet, set.alg, nowMs);
    const add = make === null ? [] : [await createTokenKey(vault, { project, ...set, createdAtMs: nowMs, ...make })];
    if (add.length + times.length === 0) continue;
    await store.tokenKeys.change(project, { add, times });
    keys = await store.tokenKeys.ofProject(project);
  }
  const ends = unserved(keys, apis, nowMs);
  if (ends.length > 0) await store.tokenKeys.change(project, { times: ends });
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
