import type { VerifyReason } from "@countersign/protocol";
import type { DecoySpotter } from "../alarms/decoy-spotter.ts";
import { type DeviceProblem, problem } from "../device/outcome.ts";
import type { ApiToken, ProtectedApi, UseLedger, Vault, Verifier } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import type { Recipes } from "../recipes/create-recipes.ts";
import { type AskedRequest, boundHeaders, findToken } from "./asked-request.ts";
import { bindingOf, payOf } from "./binding-of.ts";
import { instanceUses, spendToken } from "./consume-token.ts";
import type { DecisionCounts } from "./decision-counts.ts";
import { drawGiven } from "./draw-given.ts";
import { judgeToken } from "./judge-token.ts";
import { type OpenInjection, openInjections } from "./open-injections.ts";
import type { ProofVerifiers } from "./proof-verifiers.ts";
import type { TokenClaims } from "./token-claims.ts";
import type { VerifierDeps } from "./verifier-deps.ts";

/** What decisions are made with. */
export interface DecisionDeps extends VerifierDeps {
  readonly vault: Pick<Vault, "open">;
  readonly recipes: Pick<Recipes, "valueOf">;
  readonly proofs: ProofVerifiers;
  /** Told of every request, whatever is decided about it. */
  readonly spotter: DecoySpotter;
  readonly counts: Pick<DecisionCounts, "note">;
  readonly uses: UseLedger;
  /** Told of a decoy's token: a refused instance has come to an API. */
  readonly onDecoy: (event: { readonly project: string; readonly verifier: string; readonly api: string }) => void;
  /** Told of a secret that a credential is to be given and cannot be. */
  readonly onUngiven: (event: { readonly project: string; readonly verifier: string; readonly secret: string }) => void;
}

/** Whether a request may pass. `reason` null: it is genuine; only then are there injections. */
export interface Decision {
  readonly ok: true;
  readonly reason: VerifyReason | null;
  readonly injections: readonly OpenInjection[];
  readonly token: ApiToken;
}

type Judged =
  | { readonly ok: true; readonly injections: readonly OpenInjection[] }
  | { readonly ok: false; readonly reason: VerifyReason };

/**
 * Decides about a request that a proxy asks about, as a backend's verifier would, and by the bans of this moment. What changes something comes
 * last: a proof and a limited token are used up only by a request that may pass. Rejects where record, ledger or vault do not answer.
 */
export async function decideRequest(
  deps: DecisionDeps,
  verifier: Verifier,
  question: { readonly api: string; readonly asked: AskedRequest },
): Promise<Decision | DeviceProblem> {
  const { project, name } = verifier;
  if (!(await deps.ledger.take(`${project}:decide:${name}`, deps.budgets.decisionsPerVerifierPerMinute, 60)))
    return problem("slow_down", "too many decisions for one credential", { retryAfterSeconds: 5 });
  if (!deps.standing.isCurrent())
    return problem("unavailable", "bans could not be reconciled", { retryAfterSeconds: 5 });
  const context = await deps.contexts.get(project);
  const api = context?.apis.get(question.api);
  if (context == null || api == null || (verifier.api !== null && verifier.api !== api.id))
    return problem("not_found", "no such API");
  deps.spotter.look({ project, where: "decision", who: { api: api.id, verifier: name }, request: question.asked });
  const { token } = api;
  if (token === null) return problem("not_found", "the API has no tokens");
  const judged = await judge(deps, verifier, context, api, token, question.asked);
  if (judged === "ungiven") return problem("unavailable", "a secret cannot be given");
  if (judged === "spent") return problem("slow_down", "a budget is used up", { retryAfterSeconds: 5 });
  const reason = judged.ok ? null : judged.reason;
  deps.counts.note(verifier, api.id, reason);
  if (reason === "decoy") deps.onDecoy({ project, verifier: name, api: api.id });
  return { ok: true, reason, injections: judged.ok ? judged.injections : [], token };
}

/** `ungiven`, `spent`: the request may pass but what the proxy needs for it cannot be given, or not now. */
async function judge(
  deps: DecisionDeps,
  verifier: Verifier,
  context: ProjectContext,
  api: ProtectedApi,
  token: ApiToken,
  asked: AskedRequest,
): Promise<Judged | "ungiven" | "spent"> {
  const found = findToken(asked, token);
  if (!found.ok) return found;
  const nowMs = deps.clock.nowMs();
  const binding = token.bind.length === 0 ? null : bindingOf(token, boundHeaders(asked, token));
  const pay = binding === null ? null : payOf(token, binding);
  const judged = await judgeToken({ deps, context, api, token: found.token, pay, uses: instanceUses, nowMs });
  if (judged.reason !== null) return { ok: false, reason: judged.reason };
  const { claims } = judged.findings;
  if (claims === null) return { ok: false, reason: "claims_malformed" };
  if (token.bind.length > 0 && pay === null) return { ok: false, reason: "binding_missing" };
  const given = await openInjections(deps, context, verifier.injections);
  if (!given.ok) {
    deps.onUngiven({ project: verifier.project, verifier: verifier.name, secret: given.secret });
    return "ungiven";
  }
  const reason =
    token.proof === "none"
      ? await spend(deps, context, api, claims, nowMs)
      : await prove(deps, context, api, token, asked);
  if (reason !== null && isFailure.has(reason)) return "ungiven";
  if (reason !== null) return { ok: false, reason };
  const drawn = await drawGiven(deps.uses, context, verifier, { api, claims });
  if (drawn === "drawn") return { ok: true, injections: given.opened };
  return drawn === "spent" ? "spent" : "ungiven";
}

/** Without a proof: a token that names a key is not taken from whoever merely has it, and one that counts once is used up. */
async function spend(
  deps: DecisionDeps,
  context: ProjectContext,
  api: ProtectedApi,
  claims: TokenClaims,
  nowMs: number,
): Promise<VerifyReason | null> {
  if (claims.all.cnf !== undefined) return "proof_missing";
  if (claims.use !== "limited") return null;
  const spent = await spendToken(deps, context, api.id, claims, nowMs);
  return spent.ok && !spent.alreadyConsumed ? null : "token_consumed";
}

/** A method whose requests have no body of meaning (RFC 9110 §9.3). A proxy asks without the body, so a signature over one cannot be judged. */
const bodiless: ReadonlySet<string> = new Set(["GET", "HEAD", "DELETE", "OPTIONS"]);

/** As a backend's verifier checks it, up to the proof's and the token's being used up. */
async function prove(
  deps: DecisionDeps,
  context: ProjectContext,
  api: ProtectedApi,
  token: ApiToken,
  { method, target, headers }: AskedRequest,
): Promise<VerifyReason | null> {
  if (method === null || target === null) return "request_malformed";
  const body = async (): Promise<Uint8Array> => {
    if (!bodiless.has(method)) throw new Error("a proxy asks without the body");
    return new Uint8Array(0);
  };
  const verdict = await deps.proofs.of(context, api, token).verify({ method, url: target, headers, body });
  return verdict.ok ? null : verdict.reason;
}

/** What a verifier says where it could not know. */
const isFailure: ReadonlySet<VerifyReason> = new Set([
  "keys_unavailable",
  "consume_unavailable",
  "replay_store_unavailable",
]);
