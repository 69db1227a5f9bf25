import { type Jwk, toJwks } from "@countersign/tokens";
import type { ProtectedApi, StoredTokenKey, Vault } from "../ports/index.ts";
import {
  attesterSet,
  cacheSecondsOf,
  isRetired,
  type KeySet,
  keySetOf,
  keysOfSet,
  signingKeyOf,
  type TokenKeyState,
  tokenKeyState,
} from "./token-key-state.ts";
import { type OpenTokenKey, openTokenKey } from "./token-keys.ts";

/** A key set as it is published at a time. */
export interface PublishedKeys {
  readonly keys: readonly Jwk[];
  /** How long it may be kept: no longer than until one of its keys ends. */
  readonly maxAgeSeconds: number;
}

/** A project's token keys, each standing as its times say at the time that is asked for. Keys are opened when they are first needed. */
export interface TokenKeyRing {
  /** The key that signs the tokens of an API now; null where the API has no tokens, or no key that may sign. */
  tokenKeyOf(api: string, nowMs: number): OpenTokenKey | null;
  /** Every key, secret ones too, under which a token of an API is accepted now. */
  verificationKeysOf(api: string, nowMs: number): readonly (OpenTokenKey & { readonly state: TokenKeyState })[];
  /** The public keys of one API, or of all (`null`); null where the project has no such API with tokens. */
  jwksOf(api: string | null, nowMs: number): PublishedKeys | null;
  /** The key that signs client attestations now; null where the project has none. */
  attesterKey(nowMs: number): OpenTokenKey | null;
  attesterJwks(nowMs: number): PublishedKeys;
}

export function createTokenKeyRing(
  vault: Vault,
  rows: readonly StoredTokenKey[],
  apis: ReadonlyMap<string, ProtectedApi>,
): TokenKeyRing {
  const opened = new Map<string, OpenTokenKey>();
  const open = (row: StoredTokenKey): OpenTokenKey => {
    const key = opened.get(row.kid) ?? openTokenKey(vault, row);
    opened.set(row.kid, key);
    return key;
  };
  const rowsOf = (set: KeySet | null, nowMs: number): readonly StoredTokenKey[] =>
    set === null ? [] : keysOfSet(rows, set).filter((row) => !isRetired(row, nowMs));
  const setOfApi = (id: string): KeySet | null => {
    const token = apis.get(id)?.token ?? null;
    return token === null ? null : keySetOf(id, token);
  };
  const signer = (set: KeySet | null, nowMs: number): OpenTokenKey | null => {
    const row = signingKeyOf(rowsOf(set, nowMs), nowMs);
    return row === null ? null : open(row);
  };
  const publish = (published: readonly StoredTokenKey[], nowMs: number): PublishedKeys => ({
    keys: toJwks(published).keys,
    maxAgeSeconds: cacheSecondsOf(
      published.filter(({ publicJwk }) => publicJwk !== null),
      nowMs,
    ),
  });

  return {
    tokenKeyOf: (api, nowMs) => signer(setOfApi(api), nowMs),
    verificationKeysOf(api, nowMs) {
      const accepted = rowsOf(setOfApi(api), nowMs);
      return accepted.map((row) => ({ ...open(row), state: tokenKeyState(row, accepted, nowMs) }));
    },
    jwksOf(api, nowMs) {
      if (api === null) {
        return publish(
          rows.filter((row) => row.purpose === "api" && !isRetired(row, nowMs)),
          nowMs,
        );
      }
      const set = setOfApi(api);
      return set === null ? null : publish(rowsOf(set, nowMs), nowMs);
    },
    attesterKey: (nowMs) => signer(attesterSet, nowMs),
    attesterJwks: (nowMs) => publish(rowsOf(attesterSet, nowMs), nowMs),
  };
}
