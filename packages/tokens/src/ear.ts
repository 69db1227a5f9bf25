import { type Reason, reasonMappings, type TrustClaim } from "@countersign/protocol";

/** Trustworthiness tiers in rising order of concern (draft-ietf-rats-ar4si §3.2). */
const tiers = ["none", "affirming", "warning", "contraindicated"] as const;

export type TrustTier = (typeof tiers)[number];

export interface EarInput {
  readonly verdict: "trusted" | "restricted" | "refused";
  /** Of every check that failed, whether it counted against the verdict or was only noted. */
  readonly reasons: readonly Reason[];
  readonly project: string;
  /** Our app id. */
  readonly app: string;
  readonly platform: "ios" | "android" | "web";
  /** Names the policy that was applied, and its version. */
  readonly policy: string;
  /** The service: who makes it, and which build judged. */
  readonly verifier: { readonly developer: string; readonly build: string };
  readonly nowMs: number;
  /** From then on the result must not be believed. */
  readonly expiresAtMs?: number;
  /** What the relying party gave to show that the result is fresh, 8 to 64 bytes. */
  readonly nonce?: Uint8Array;
}

export interface EarAppraisal {
  readonly ear_status: TrustTier;
  readonly ear_trustworthiness_vector: Readonly<Partial<Record<TrustClaim["claim"], number>>>;
  readonly ear_appraisal_policy_ids: readonly string[];
  readonly ear_verifier_claims: { readonly project: string; readonly app: string; readonly reasons: readonly Reason[] };
}

export interface EarClaims {
  readonly eat_profile: string;
  readonly iat: number;
  readonly exp?: number;
  readonly ear_status: TrustTier;
  readonly ear_verifier_id: { readonly developer: string; readonly build: string };
  readonly eat_nonce?: string;
  /** One attester, under the name of its platform. */
  readonly submods: Readonly<Record<string, EarAppraisal>>;
}

/** The tier that a verdict allows at best. */
const bestTier: Readonly<Record<EarInput["verdict"], TrustTier>> = {
  trusted: "affirming",
  restricted: "warning",
  refused: "contraindicated",
};

/**
 * A verdict as an EAT Attestation Result (draft-ietf-rats-ear-04), to be signed as a JWT. Reasons become claims by `reasonMappings`, the
 * worst of each claim; a trusted instance is affirmed as an instance and nothing more, because no check proves what the other claims
 * affirm. The status is never better than the verdict nor than the worst claim: a finding that a development project only notes shows.
 */
export function toEar(input: EarInput): EarClaims {
  const { verdict, reasons, verifier, nowMs, expiresAtMs, nonce } = input;
  if (nonce !== undefined && (nonce.length < 8 || nonce.length > 64)) throw new TypeError("a nonce has 8 to 64 bytes");
  if (input.policy === "") throw new TypeError("policy must not be empty");
  const vector = vectorOf(verdict, reasons);
  const status = worst([bestTier[verdict], ...Object.values(vector).map(tierOf)]);
  return {
    eat_profile: "tag:ietf.org,2026:rats/ear#04",
    iat: toSeconds(nowMs),
    ...(expiresAtMs === undefined ? {} : { exp: toSeconds(expiresAtMs) }),
    ear_status: status,
    ear_verifier_id: { developer: verifier.developer, build: verifier.build },
    ...(nonce === undefined ? {} : { eat_nonce: Buffer.from(nonce).toString("base64url") }),
    submods: {
      [input.platform]: {
        ear_status: status,
        ear_trustworthiness_vector: vector,
        ear_appraisal_policy_ids: [input.policy],
        ear_verifier_claims: { project: input.project, app: input.app, reasons: [...new Set(reasons)] },
      },
    },
  };
}

/** AR4SI §3.1: never empty. That nothing speaks against an instance which is not trusted is no conclusion (0). */
function vectorOf(
  verdict: EarInput["verdict"],
  reasons: readonly Reason[],
): Readonly<Partial<Record<TrustClaim["claim"], number>>> {
  const vector: Partial<Record<TrustClaim["claim"], number>> = {};
  for (const reason of reasons) {
    const { ear } = reasonMappings[reason];
    if (ear === null) continue;
    // Of the values that reasons map to, the greater is the graver.
    vector[ear.claim] = Math.max(vector[ear.claim] ?? ear.value, ear.value);
  }
  vector["instance-identity"] ??= verdict === "trusted" ? 2 : 0;
  return vector;
}

/** AR4SI §2.3.2, for the values that reasons map to. */
function tierOf(value: number): TrustTier {
  if (value >= 96) return "contraindicated";
  if (value >= 32) return "warning";
  return value >= 2 ? "affirming" : "none";
}

function worst(of: readonly TrustTier[]): TrustTier {
  return of.reduce((held, tier) => (tiers.indexOf(tier) > tiers.indexOf(held) ? tier : held), "none");
}

/** Whole seconds: an EAR whose times have fractions is an error. */
function toSeconds(ms: number): number {
  if (!(ms >= 0 && ms <= Number.MAX_SAFE_INTEGER)) throw new TypeError("not a time");
  return Math.floor(ms / 1000);
}
