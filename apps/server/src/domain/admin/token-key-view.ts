import type { StoredTokenKey } from "../ports/index.ts";
import { keysOfSet, type TokenKeyState, tokenKeyState } from "../project/token-key-state.ts";
import type { AdminContext } from "./admin-context.ts";
import { AdminError } from "./admin-error.ts";

/** A token key as operators see it: nothing of its material, and how it stands now. */
export interface TokenKeyView {
  readonly kid: string;
  readonly purpose: StoredTokenKey["purpose"];
  /** Null: shared by the project's APIs, or the attester's. */
  readonly api: string | null;
  readonly alg: StoredTokenKey["alg"];
  readonly state: TokenKeyState;
  readonly createdAtMs: number;
  /** Null: staged until it is activated. */
  readonly activeFromMs: number | null;
  readonly retiresAtMs: number | null;
}

/** A key with its new times, and those whose end it has brought. */
export interface TokenKeyChangeView {
  readonly key: TokenKeyView;
  readonly replaced: readonly TokenKeyView[];
}

/** A key that was made, taken over or activated. `keys` are those of the project. */
export function toKeyView(key: StoredTokenKey, keys: readonly StoredTokenKey[], nowMs: number): TokenKeyView {
  const { kid, purpose, api, alg, createdAtMs, activeFromMs, retiresAtMs } = key;
  const state = tokenKeyState(key, keysOfSet(keys, key), nowMs);
  return { kid, purpose, api, alg, state, createdAtMs, activeFromMs, retiresAtMs };
}

/** The views of these keys as they are stored now. */
export async function readChange(
  context: AdminContext,
  project: string,
  kid: string,
  replaced: readonly string[],
): Promise<TokenKeyChangeView> {
  const keys = await context.store.tokenKeys.ofProject(project);
  const view = (each: string): TokenKeyView => toKeyView(keyNamed(keys, each), keys, context.nowMs());
  return { key: view(kid), replaced: replaced.map(view) };
}

export function keyNamed(keys: readonly StoredTokenKey[], kid: string): StoredTokenKey {
  const key = keys.find((each) => each.kid === kid);
  if (key === undefined) {
    throw new AdminError(
      "not_found",
      "There is no such key in this project. `countersign key list` shows those there are.",
    );
  }
  return key;
}
