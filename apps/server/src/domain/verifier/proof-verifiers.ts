import { createPublicKey, type KeyObject } from "node:crypto";
import { issuerOf, tokenAlgs } from "@countersign/tokens";
import { createVerifier, type KeySource, type Verifier } from "@countersign/verify";
import type { ApiToken, ProtectedApi } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import { audienceOf } from "./check-token-claims.ts";
import { spendToken } from "./consume-token.ts";
import { parseJws } from "./parse-jws.ts";
import { parseTokenClaims } from "./token-claims.ts";
import type { VerifierDeps } from "./verifier-deps.ts";

/** For how long from its making a verifier has a proof remembered, with a second for rounding: 61 s and 10 for a slow store. */
const proofKeptMs = 72_000;

/** Verifiers of proofs, as a backend of the API would make one, over this service's keys and its memory of what was seen. */
export interface ProofVerifiers {
  /** The same for as long as the project stays as it is. The API has tokens with proofs. */
  of(context: ProjectContext, api: ProtectedApi, token: ApiToken): Verifier;
}

export function createProofVerifiers(
  deps: Pick<VerifierDeps, "ledger" | "once" | "clock" | "publicOrigin">,
): ProofVerifiers {
  const held = new WeakMap<ProjectContext, Map<string, Verifier>>();
  return {
    of(context, api, token) {
      const ofContext = held.get(context) ?? new Map<string, Verifier>();
      held.set(context, ofContext);
      const verifier = ofContext.get(api.id) ?? openVerifier(deps, context, api, token);
      ofContext.set(api.id, verifier);
      return verifier;
    },
  };
}

function openVerifier(
  deps: Pick<VerifierDeps, "ledger" | "once" | "clock" | "publicOrigin">,
  context: ProjectContext,
  api: ProtectedApi,
  token: ApiToken,
): Verifier {
  const { project } = context;
  return createVerifier({
    issuer: issuerOf(deps.publicOrigin(), project.id, project.kind),
    audience: audienceOf(api.id, token),
    profile: token.profile,
    keys: keySourceOf(context, api.id),
    header: token.header,
    prefix: token.prefix,
    proof: token.proof,
    origin: `https://${api.host}:${api.port}`,
    nowMs: deps.clock.nowMs,
    replay: {
      // What this memory may have forgotten, because it began later, counts as seen.
      once: async (key, ttlSeconds) =>
        deps.clock.nowMs() + ttlSeconds * 1000 - proofKeptMs >= (await deps.ledger.epochMs()) &&
        (await deps.once.once(`${project.id}:proof:${api.id}:${key}`, ttlSeconds)),
    },
    service: {
      consume: async (text) => {
        const parsed = parseJws(text);
        const claims = parsed.ok ? parseTokenClaims(parsed.jws.payload) : null;
        if (claims === null) return { ok: false, reason: "claims_malformed" };
        return spendToken(deps, context, api.id, claims, deps.clock.nowMs());
      },
      report: async () => true,
    },
  });
}

/** The keys under which the API's tokens are accepted at the moment of the question. */
function keySourceOf(context: ProjectContext, api: string): KeySource {
  return {
    algs: tokenAlgs,
    open: (crypto, nowMs) => ({
      find: async (kid) => {
        const key = context.verificationKeysOf(api, nowMs()).find((each) => each.kid === kid);
        const imported = key === undefined ? null : await crypto.importKey(key.alg, materialOf(key.key));
        return key === undefined || imported === null
          ? { ok: false, reason: "key_unknown" }
          : { ok: true, keys: [{ kid, alg: key.alg, key: imported, expiresAtSeconds: null }] };
      },
    }),
  };
}

function materialOf(key: KeyObject) {
  if (key.type === "secret") return { kind: "secret", bytes: new Uint8Array(key.export()) } as const;
  const half = key.type === "private" ? createPublicKey(key) : key;
  return { kind: "spki", der: new Uint8Array(half.export({ format: "der", type: "spki" })) } as const;
}
