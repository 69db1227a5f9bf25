import type { Awaitable, CryptoPort, KeyMaterial } from "../crypto/port.ts";
import { findIn, type KeySource, type VerificationKey } from "./key-source.ts";
import { type TokenAlg, tokenAlgs } from "./token-alg.ts";

/** A key before it is imported. */
export interface KeyEntry {
  readonly kid: string | null;
  readonly alg: TokenAlg;
  readonly material: KeyMaterial;
  readonly expiresAtSeconds: number | null;
}

function toKeys(
  entries: readonly KeyEntry[],
  imported: readonly Awaited<ReturnType<CryptoPort["importKey"]>>[],
): readonly VerificationKey[] | null {
  const keys: VerificationKey[] = [];
  for (const [index, { kid, alg, expiresAtSeconds }] of entries.entries()) {
    const key = imported[index] ?? null;
    if (key === null) return null;
    keys.push({ kid, alg, expiresAtSeconds, key });
  }
  return keys;
}

/** Imports each key once; null where one of them does not fit its algorithm. */
export function importEntries(
  crypto: CryptoPort,
  entries: readonly KeyEntry[],
): Awaitable<readonly VerificationKey[] | null> {
  const imports = entries.map(({ alg, material }) => crypto.importKey(alg, material));
  const ready: Awaited<ReturnType<CryptoPort["importKey"]>>[] = [];
  for (const each of imports) {
    if (each instanceof Promise)
      return Promise.all(imports.map(async (one) => one)).then((imported) => toKeys(entries, imported));
    ready.push(each);
  }
  return toKeys(entries, ready);
}

/** A source whose keys are all at hand. Opening it throws a TypeError where a key does not fit its algorithm. */
export function fixedKeys(entries: readonly KeyEntry[], mostWithoutKid: number): KeySource {
  return {
    algs: tokenAlgs.filter((alg) => entries.some((entry) => entry.alg === alg)),
    open(crypto) {
      const imported = importEntries(crypto, entries);
      if (imported instanceof Promise) {
        return {
          find: async (kid) => {
            const keys = await imported.catch(() => null);
            return keys === null ? { ok: false, reason: "keys_unavailable" } : findIn(keys, kid, mostWithoutKid);
          },
        };
      }
      if (imported === null) throw new TypeError("a key does not fit its algorithm");
      return { find: (kid) => findIn(imported, kid, mostWithoutKid) };
    },
  };
}
