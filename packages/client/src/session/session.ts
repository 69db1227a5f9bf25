import type { SealedSession } from "@countersign/protocol";
import type { SecretSummary, SessionSummary } from "../agent-state.ts";
import type { AgentClock } from "../clock/agent-clock.ts";
import { MaskedSecret } from "../memory/masked-secret.ts";
import type { Randomness } from "../ports.ts";
import type { Needs } from "../statement/asks.ts";

/** A token with the header it goes in. */
export interface HeldToken {
  readonly header: string;
  readonly prefix: string;
  readonly token: MaskedSecret;
}

interface HeldSecret extends SecretSummary {
  /** Null where the secret is brokered. */
  readonly value: MaskedSecret | null;
}

export interface SessionInput {
  readonly sealed: SealedSession;
  readonly asked: Needs;
  readonly serverTimeMs: number;
  /** When the request was sent: every lifetime counts from there. */
  readonly sentAtMs: number;
  readonly clock: AgentClock;
  readonly setBacks: number;
  readonly randomness: Randomness;
  /** The key the statement was proved with: what is bound to a key is bound to this one. */
  readonly alias: string;
}

/** What one signed session answer bought, in memory only, masked. Replaced whole, never merged. */
export class Session {
  readonly id: string;
  /** Names the instance key that this session's tokens and attestations are bound to. */
  readonly alias: string;
  readonly verdict: "trusted" | "restricted";
  readonly arc: string;
  /** What the statement asked for: an absent answer to it is the service's no, not a reason to ask again. */
  readonly asked: Needs;
  readonly refreshInSeconds: number;
  readonly reenrolInSeconds: number | null;
  readonly watch: SealedSession["watch"] | null;
  readonly sentAtMs: number;
  readonly #expiresAtMs: number;
  readonly #serverLeadMs: number;
  readonly #setBacks: number;
  readonly #clock: AgentClock;
  readonly #tokens = new Map<string, HeldToken>();
  /** Tokens that were given away: each belongs to one call, which wipes it. */
  readonly #taken = new Set<string>();
  readonly #clientAttestations = new Map<string, MaskedSecret>();
  readonly #secrets = new Map<string, HeldSecret>();
  readonly #customTokens = new Map<string, { readonly claims: string; readonly token: MaskedSecret }>();
  readonly #takenCustom = new Set<string>();
  readonly #valuesKeys: readonly { readonly generation: number; readonly key: MaskedSecret }[];
  readonly #pass: MaskedSecret;
  readonly #proofKey: MaskedSecret;
  #wiped = false;

  constructor({ sealed, asked, serverTimeMs, sentAtMs, clock, setBacks, randomness, alias }: SessionInput) {
    const mask = (value: string): MaskedSecret => new MaskedSecret(value, randomness);
    this.id = sealed.session;
    this.alias = alias;
    this.verdict = sealed.verdict;
    this.arc = sealed.arc;
    this.asked = asked;
    this.refreshInSeconds = sealed.refreshInSeconds;
    this.reenrolInSeconds = sealed.reenrolInSeconds ?? null;
    this.watch = sealed.watch ?? null;
    this.sentAtMs = sentAtMs;
    this.#expiresAtMs = sentAtMs + sealed.expiresInSeconds * 1000;
    this.#serverLeadMs = serverTimeMs - sentAtMs;
    this.#setBacks = setBacks;
    this.#clock = clock;
    for (const { api, header, prefix, token } of sealed.tokens) {
      this.#tokens.set(api, { header, prefix, token: mask(token) });
    }
    for (const { clientId, jwt } of sealed.clientAttestations) this.#clientAttestations.set(clientId, mask(jwt));
    for (const secret of sealed.secrets) {
      const { name, version, mode } = secret;
      this.#secrets.set(name, { name, version, mode, value: secret.mode === "delivered" ? mask(secret.value) : null });
    }
    for (const { api, token } of sealed.customTokens ?? []) {
      const claims = asked.customTokens.find((each) => each.api === api)?.claims;
      if (claims !== undefined) this.#customTokens.set(api, { claims, token: mask(token) });
    }
    this.#valuesKeys = (sealed.valuesKeys ?? []).map(({ generation, key }) => ({ generation, key: mask(key) }));
    this.#pass = mask(sealed.pass);
    this.#proofKey = mask(sealed.proofKey);
  }

  /** Open now: neither expired, nor wiped, nor made before the wall clock went back. */
  isOpen(): boolean {
    return !this.#wiped && this.expiresInMs() > 0 && this.#clock.setBacks() === this.#setBacks;
  }

  expiresInMs(): number {
    return this.#expiresAtMs - this.#clock.nowMs();
  }

  /** Service time by the answer's stamp; good enough for `created`, never for a lifetime. */
  serviceNowMs(): number {
    return this.#clock.nowMs() + this.#serverLeadMs;
  }

  /** A token's header value; null where the session has none, gave it away or is over. */
  revealToken(api: string): { readonly header: string; readonly prefix: string; readonly token: string } | null {
    const held = this.#tokens.get(api);
    const token = held === undefined || this.#taken.has(api) || !this.isOpen() ? null : held.token.reveal();
    return held === undefined || token === null ? null : { header: held.header, prefix: held.prefix, token };
  }

  /** Gives an API's token to one call, for good: no other gets it. Null where the session has none, gave it away or is over. */
  takeToken(api: string): HeldToken | null {
    const held = this.#tokens.get(api);
    if (held === undefined || this.#taken.has(api) || !this.isOpen()) return null;
    this.#taken.add(api);
    return held;
  }

  /** True where the session had a token of this API and gave it away. */
  isTaken(api: string): boolean {
    return this.#taken.has(api);
  }

  /** The attestation of an OAuth client; null where the session has none or is over. */
  revealClientAttestation(clientId: string): string | null {
    return this.isOpen() ? (this.#clientAttestations.get(clientId)?.reveal() ?? null) : null;
  }

  /** A token that was asked for with exactly these claims; with `once` no other call gets it. Null where the session has none or is over. */
  revealCustomToken(api: string, claims: string, once: boolean): string | null {
    const held = this.#customTokens.get(api);
    if (held === undefined || held.claims !== claims || this.#takenCustom.has(api) || !this.isOpen()) return null;
    const token = held.token.reveal();
    if (once) {
      this.#takenCustom.add(api);
      held.token.wipe();
    }
    return token;
  }

  /** True where the session had a custom token of this API and gave it away. */
  isCustomTaken(api: string): boolean {
    return this.#takenCustom.has(api);
  }

  /** Keys of app-instance values as b64u, the newest first; null where the session has none or is over. */
  revealValuesKeys(): readonly { readonly generation: number; readonly key: string }[] | null {
    if (!this.isOpen() || this.#valuesKeys.length === 0) return null;
    return this.#valuesKeys.map(({ generation, key }) => ({ generation, key: key.reveal() ?? "" }));
  }

  modeOf(name: string): "delivered" | "brokered" | null {
    return this.#secrets.get(name)?.mode ?? null;
  }

  /** A delivered value; null where the session has none or is over. */
  revealSecret(name: string): string | null {
    return this.isOpen() ? (this.#secrets.get(name)?.value?.reveal() ?? null) : null;
  }

  /** Pass and proof key for the broker and `watch`; null where the session is over. */
  revealPass(): { readonly pass: string; readonly proofKey: string } | null {
    if (!this.isOpen()) return null;
    const pass = this.#pass.reveal();
    const proofKey = this.#proofKey.reveal();
    return pass === null || proofKey === null ? null : { pass, proofKey };
  }

  secrets(): SecretSummary[] {
    return [...this.#secrets.values()].map(({ name, version, mode }) => ({ name, version, mode }));
  }

  tokens(): string[] {
    return [...this.#tokens.keys()];
  }

  summary(): SessionSummary {
    return { outcome: "session", verdict: this.verdict, arc: this.arc, secrets: this.secrets() };
  }

  wipe(): void {
    this.#wiped = true;
    for (const [api, { token }] of this.#tokens) if (!this.#taken.has(api)) token.wipe();
    for (const jwt of this.#clientAttestations.values()) jwt.wipe();
    for (const { value } of this.#secrets.values()) value?.wipe();
    for (const { token } of this.#customTokens.values()) token.wipe();
    for (const { key } of this.#valuesKeys) key.wipe();
    this.#pass.wipe();
    this.#proofKey.wipe();
  }
}
