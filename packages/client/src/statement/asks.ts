import { limits } from "@countersign/protocol";

/** A token a call needs. `bind`: b64u SHA-256 of what the token is to be bound to. */
export interface TokenNeed {
  readonly api: string;
  readonly bind: string | null;
}

/** What one call needs of a session. */
export interface Needs {
  readonly tokens: readonly TokenNeed[];
  readonly secrets: readonly string[];
}

export const noNeeds: Needs = { tokens: [], secrets: [] };

/** True where a session that was asked for `asked` has been asked for `needs`. */
export function covers(asked: Needs, needs: Needs): boolean {
  return (
    needs.secrets.every((name) => asked.secrets.includes(name)) &&
    needs.tokens.every((need) => asked.tokens.some((token) => token.api === need.api && token.bind === need.bind))
  );
}

/** The union of what this process used, at most 16 tokens and 64 secrets: the longest unused is dropped. One binding per API, the last. */
export class Asks {
  readonly #tokens = new Map<string, string | null>();
  readonly #secrets = new Set<string>();

  use(needs: Needs): void {
    for (const { api, bind } of needs.tokens) {
      this.#tokens.delete(api);
      this.#tokens.set(api, bind);
    }
    for (const name of needs.secrets) {
      this.#secrets.delete(name);
      this.#secrets.add(name);
    }
    for (const api of this.#tokens.keys()) {
      if (this.#tokens.size <= limits.asksTokens) break;
      this.#tokens.delete(api);
    }
    for (const name of this.#secrets) {
      if (this.#secrets.size <= limits.asksSecrets) break;
      this.#secrets.delete(name);
    }
  }

  current(): Needs {
    return { tokens: [...this.#tokens].map(([api, bind]) => ({ api, bind })), secrets: [...this.#secrets] };
  }
}
