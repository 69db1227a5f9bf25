import * as limits from "@countersign/protocol/limits";

/** A token a call needs. `bind`: b64u SHA-256 of what the token is to be bound to. */
export interface TokenNeed {
  readonly api: string;
  readonly bind: string | null;
}

/** What one call needs of a session. */
export interface Needs {
  readonly tokens: readonly TokenNeed[];
  readonly secrets: readonly string[];
  /** Ids of OAuth clients that this instance is to be attested as. */
  readonly clientAttestations: readonly string[];
  readonly customTokens: readonly CustomNeed[];
  /** Keys of app-instance values. */
  readonly valuesKeys: boolean;
}

/** A token with claims of the app's own, as JSON text. */
export interface CustomNeed {
  readonly api: string;
  readonly claims: string;
}

export const noNeeds: Needs = {
  tokens: [],
  secrets: [],
  clientAttestations: [],
  customTokens: [],
  valuesKeys: false,
};

/** True where a session that was asked for `asked` has been asked for `needs`. */
export function covers(asked: Needs, needs: Needs): boolean {
  return (
    needs.secrets.every((name) => asked.secrets.includes(name)) &&
    needs.clientAttestations.every((clientId) => asked.clientAttestations.includes(clientId)) &&
    (asked.valuesKeys || !needs.valuesKeys) &&
    needs.customTokens.every((need) =>
      asked.customTokens.some(({ api, claims }) => api === need.api && claims === need.claims),
    ) &&
    needs.tokens.every((need) => asked.tokens.some((token) => token.api === need.api && token.bind === need.bind))
  );
}

/** Puts each value at the end of a set and drops the longest unused beyond `max`. */
function moveToEnd(set: Set<string>, values: readonly string[], max: number): void {
  for (const value of values) {
    set.delete(value);
    set.add(value);
  }
  for (const value of set) {
    if (set.size <= max) break;
    set.delete(value);
  }
}

/**
 * The union of what this process used, at most 16 tokens, 64 secrets and 16 client attestations: the longest unused is dropped. One
 * binding per API, the last.
 */
export class Asks {
  readonly #tokens = new Map<string, string | null>();
  readonly #secrets = new Set<string>();
  readonly #clientAttestations = new Set<string>();
  /** Of the calls that wait now: what was claimed once is not claimed again by a refresh. */
  readonly #customTokens = new Map<string, string>();
  #valuesKeys = false;

  use(needs: Needs): void {
    for (const { api, bind } of needs.tokens) {
      this.#tokens.delete(api);
      this.#tokens.set(api, bind);
    }
    for (const api of this.#tokens.keys()) {
      if (this.#tokens.size <= limits.asksTokens) break;
      this.#tokens.delete(api);
    }
    moveToEnd(this.#secrets, needs.secrets, limits.asksSecrets);
    moveToEnd(this.#clientAttestations, needs.clientAttestations, limits.asksClientAttestations);
    for (const { api, claims } of needs.customTokens) this.#customTokens.set(api, claims);
    this.#valuesKeys ||= needs.valuesKeys;
  }

  /** The call that needed this API's custom token is over. */
  dropCustomToken(api: string): void {
    this.#customTokens.delete(api);
  }

  current(): Needs {
    return {
      tokens: [...this.#tokens].map(([api, bind]) => ({ api, bind })),
      secrets: [...this.#secrets],
      clientAttestations: [...this.#clientAttestations],
      customTokens: [...this.#customTokens].map(([api, claims]) => ({ api, claims })),
      valuesKeys: this.#valuesKeys,
    };
  }
}
