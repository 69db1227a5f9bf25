import { type DeviceProblem, problem } from "../device/outcome.ts";
import type { Verifier } from "../ports/index.ts";
import { type Consumed, consumeToken } from "./consume-token.ts";
import type { VerifierDeps } from "./verifier-deps.ts";

/** `POST /v1/tokens/consume`. An API that the credential does not speak for looks like one that is not there. */
export async function consumeForVerifier(
  deps: VerifierDeps,
  verifier: Verifier,
  request: { readonly api: string; readonly token: string },
): Promise<{ readonly ok: true; readonly json: Consumed } | DeviceProblem> {
  const { project, name, api } = verifier;
  if (!(await deps.ledger.take(`${project}:consume:${name}`, deps.budgets.consumesPerVerifierPerMinute, 60)))
    return problem("slow_down", "too many tokens of one credential", { retryAfterSeconds: 5 });
  if (!deps.standing.isCurrent())
    return problem("unavailable", "bans could not be reconciled", { retryAfterSeconds: 5 });
  const context = await deps.contexts.get(project);
  if (context === null || (api !== null && api !== request.api)) return problem("not_found", "no such API");
  const json = await consumeToken(deps, context, request);
  return json === null ? problem("not_found", "no such API with tokens") : { ok: true, json };
}
