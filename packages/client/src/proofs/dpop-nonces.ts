import * as limits from "@countersign/protocol/limits";

const nonceForm = /^[!#-[\]-~]{1,512}$/;

/** The newest DPoP nonce of each origin (RFC 9449 §8 and §9). Nonces are no secrets; what is no nonce is not kept. */
export class DpopNonces {
  readonly #nonces = new Map<string, string>();

  of(origin: string): string | null {
    return this.#nonces.get(origin) ?? null;
  }

  /** Remembers what a `DPoP-Nonce` header said; gives it back, or null where it is no nonce. */
  keep(origin: string, nonce: string | null): string | null {
    if (nonce === null || !nonceForm.test(nonce)) return null;
    this.#nonces.delete(origin);
    this.#nonces.set(origin, nonce);
    for (const oldest of this.#nonces.keys()) {
      if (this.#nonces.size <= limits.apis) break;
      this.#nonces.delete(oldest);
    }
    return nonce;
  }
}
