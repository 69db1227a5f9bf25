import type { BindingRule } from "./binding.ts";
import type { CryptoPort } from "./crypto/port.ts";
import { fixedKeys } from "./keys/key-entry.ts";
import { toSecretEntries } from "./keys/secret-keys.ts";
import { createDpopNonces } from "./proof/dpop-nonce.ts";
import { createProofKeys } from "./proof/proof-key.ts";
import type { ProofRules } from "./proof/proof-rules.ts";
import { parseOrigin } from "./proof/request-target.ts";
import { createMemoryReplayStore } from "./replay/memory-replay-store.ts";
import type { ReplayStore } from "./replay/replay-store.ts";
import type { TokenRules } from "./token/check-token.ts";
import { createHeaderCache } from "./token/header-cache.ts";
import { profiles } from "./token/profile.ts";
import type { TokenUse } from "./verification.ts";
import type { VerifierOptions } from "./verifier-options.ts";

/** Options, judged once: what every request is checked by. */
export interface Settings {
  /** Lower case, as is the prefix. */
  readonly header: string;
  readonly prefix: string;
  readonly token: TokenRules;
  readonly binding: BindingRule;
  /** Null: none is checked. */
  readonly proof: { readonly kind: "dpop" | "httpsig"; readonly rules: ProofRules } | null;
  /** Whether a token that names a key counts although no proof is checked. */
  readonly proofWaived: boolean;
  readonly replay: ReplayStore;
  readonly nowMs: () => number;
}

const fieldName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;

function toFieldName(name: string): string {
  if (!fieldName.test(name)) throw new TypeError("not the name of a header");
  return name.toLowerCase();
}

function inRange(name: string, value: number, min: number, max: number): number {
  if (Number.isFinite(value) && value >= min && value <= max) return value;
  throw new TypeError(`${name} is ${min} to ${max}`);
}

function toAudiences(audience: VerifierOptions["audience"]): readonly string[] | null {
  if (audience === null) return null;
  const audiences = typeof audience === "string" ? [audience] : [...audience];
  if (audiences.length === 0 || audiences.some((each) => typeof each !== "string" || each === ""))
    throw new TypeError("audience is a text, several, or null for any");
  return audiences;
}

function toUses(options: VerifierOptions): readonly TokenUse[] {
  return ["instance", ...(options.service === undefined ? [] : ["limited" as const]), ...(options.accept ?? [])];
}

function toProof(crypto: CryptoPort, options: VerifierOptions): Settings["proof"] {
  const { proof, origin, dpopNonce } = options;
  if (proof === undefined || proof === "none") return null;
  if (proof !== "dpop" && proof !== "httpsig") throw new TypeError("proof is none, dpop or httpsig");
  if (origin === undefined)
    throw new TypeError("a proof needs origin: what a request says of its host is not believed");
  const nonces = dpopNonce === undefined ? null : createDpopNonces(crypto, dpopNonce);
  return { kind: proof, rules: { crypto, keys: createProofKeys(crypto), origin: parseOrigin(origin), nonces } };
}

function toIssuer(issuer: string | null): string | null {
  if (issuer === null || (typeof issuer === "string" && issuer !== "")) return issuer;
  throw new TypeError("issuer is a text, or null for any");
}

/** Judges options. Throws a TypeError for what cannot be meant. */
export function toSettings(crypto: CryptoPort, options: VerifierOptions): Settings {
  const name = options.profile ?? "countersign";
  if (!Object.hasOwn(profiles, name)) throw new TypeError("not a profile");
  const profile = profiles[name];
  const nowMs = options.nowMs ?? Date.now;
  return {
    header: toFieldName(options.header ?? profile.header),
    prefix: (options.prefix ?? "").toLowerCase(),
    token: {
      crypto,
      algs: options.keys.algs,
      keys: options.keys.open(crypto, nowMs),
      decoys:
        options.decoyKeys === undefined || options.decoyKeys.length === 0
          ? null
          : fixedKeys(
              toSecretEntries(options.decoyKeys).map((entry) => ({ ...entry, kid: null })),
              options.decoyKeys.length,
            ).open(crypto, nowMs),
      headers: createHeaderCache(),
      claims: {
        issuer: toIssuer(options.issuer),
        audiences: toAudiences(options.audience),
        required: profile.required,
        accept: toUses(options),
        toleranceSeconds: inRange("clockToleranceSeconds", options.clockToleranceSeconds ?? 5, 0, 60),
        maxLifetimeSeconds: inRange("maxLifetimeSeconds", options.maxLifetimeSeconds ?? 300, 30, 604_800),
      },
      decrypt: options.decrypt ?? null,
    },
    binding: {
      headers: (options.bind ?? []).map(toFieldName),
      optional: options.bindOptional === true,
      form: profile.binding,
      encoding: name === "approov" ? "base64" : "base64url",
    },
    proof: toProof(crypto, options),
    proofWaived: options.proof === "none",
    replay: options.replay ?? createMemoryReplayStore({ nowMs }),
    nowMs,
  };
}
