import type { ProjectSettings, ProtectedApi, StoredTokenKey } from "../ports/index.ts";
import { attesterSet, isRetired, type KeySet, keySetOf, keysOfSet } from "../project/token-key-state.ts";
import type { AdminContext } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";

/** Whose keys: an API's (or those it shares), or the attester's. */
export interface KeyTarget {
  readonly api?: string | undefined;
  readonly attester?: boolean | undefined;
}

/** Unretired keys that a set may have at once: what is published must stay small. */
const MOST_KEYS = 8;

/** The set that a target names, with its keys. */
export interface TargetSet {
  readonly set: KeySet;
  readonly keys: readonly StoredTokenKey[];
}

export async function setOfTarget(context: AdminContext, project: string, target: KeyTarget): Promise<TargetSet> {
  const { api, attester = false } = target;
  if ((api === undefined) === !attester) throw invalidInput("/api", "Name an API, or the attester: one of the two.");
  const set = api === undefined ? attesterSet : await setOfApi(context, project, api);
  return { set, keys: keysOfSet(await context.store.tokenKeys.ofProject(project), set) };
}

async function setOfApi(context: AdminContext, project: string, id: string): Promise<KeySet> {
  const api = await context.store.protectedApis.get(project, id);
  if (api === null) {
    throw new AdminError(
      "not_found",
      "There is no such API in this project. `countersign api list` shows those there are.",
    );
  }
  if (api.token === null) throw new AdminError("conflict", "This API has no tokens, so it needs no key.");
  return keySetOf(id, api.token);
}

/** Refuses one key more than a set may hold. */
export function checkRoom({ keys }: TargetSet, nowMs: number): void {
  if (keys.filter((key) => !isRetired(key, nowMs)).length < MOST_KEYS) return;
  throw new AdminError(
    "limit_reached",
    `At most ${MOST_KEYS} keys stand in for each other. Retire those that are not needed.`,
  );
}

/** Whether anything is signed by this set now: its last signing key must not go. */
export function isNeeded(
  { purpose, api, alg }: StoredTokenKey,
  apis: readonly ProtectedApi[],
  { oauthClients = [] }: ProjectSettings,
): boolean {
  if (purpose === "attester") return oauthClients.length > 0;
  return apis.some(({ id, token }) => {
    if (token === null) return false;
    const set = keySetOf(id, token);
    return set.api === api && (api !== null || set.alg === alg);
  });
}
