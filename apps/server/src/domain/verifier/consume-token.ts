import type { VerifyReason } from "@countersign/protocol";
import type { ProjectContext } from "../project/project-context.ts";
import { toleranceMs } from "./check-token-claims.ts";
import { judgeToken } from "./judge-token.ts";
import type { TokenClaims } from "./token-claims.ts";
import type { VerifierDeps } from "./verifier-deps.ts";

/** What becomes of a token that is to count once. */
export type Consumed =
  | { readonly ok: true; readonly alreadyConsumed: boolean; readonly claims: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly reason: VerifyReason };

/** What stands for an instance, and can be used up. */
export const instanceUses = ["instance", "limited"] as const;
/** By how much longer a consumed token is remembered than any node accepts it. */
const marginMs = 60_000;

/**
 * Consumes a token of an API: of all calls with one token exactly one, on whatever node, is told that it was the first. A token that was issued
 * before the ledger began may have been consumed then: it is refused. Null where the project has no such API with tokens. Rejects where
 * ledger or record do not answer: nothing is accepted then.
 */
export async function consumeToken(
  deps: VerifierDeps,
  context: ProjectContext,
  request: { readonly api: string; readonly token: string },
): Promise<Consumed | null> {
  const api = context.apis.get(request.api);
  if (api === undefined || api.token === null) return null;
  const nowMs = deps.clock.nowMs();
  const { token } = request;
  const { reason, findings } = await judgeToken({ deps, context, api, token, pay: null, uses: instanceUses, nowMs });
  if (reason !== null) return { ok: false, reason };
  const { claims } = findings;
  if (claims === null) return { ok: false, reason: "claims_malformed" };
  const spent = await spendToken(deps, context, api.id, claims, nowMs);
  return spent.ok ? { ...spent, claims: claims.all } : spent;
}

/** Uses up a token that was found good: the one memory of all who let a token count once. */
export async function spendToken(
  deps: Pick<VerifierDeps, "ledger" | "once">,
  context: ProjectContext,
  api: string,
  claims: TokenClaims,
  nowMs: number,
): Promise<
  { readonly ok: true; readonly alreadyConsumed: boolean } | { readonly ok: false; readonly reason: VerifyReason }
> {
  if (claims.issuedAtMs < (await deps.ledger.epochMs())) return { ok: false, reason: "token_consumed" };
  const ttlSeconds = Math.ceil((claims.expiresAtMs + toleranceMs + marginMs - nowMs) / 1000);
  const isFirst = await deps.once.once(`${context.project.id}:consumed:${api}:${claims.jti}`, ttlSeconds);
  return { ok: true, alreadyConsumed: !isFirst };
}
