import { drawBudgets } from "@countersign/broker";
import type { ProtectedApi, UseLedger, Verifier } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import { nameOf } from "./pairwise-standing.ts";
import type { TokenClaims } from "./token-claims.ts";

/** Whether the secrets of a credential may be used once more; `unknown`: a budget is each instance's own, and the token does not say whose it is. */
export type Drawn = "drawn" | "spent" | "unknown";

/**
 * Draws one use on the budgets of every secret that a credential is given. What is counted for all is counted with the broker's calls; what is
 * counted for one instance is counted by the name that its tokens of this API give it, apart from its calls at the broker, which knows it by another.
 */
export async function drawGiven(
  ledger: UseLedger,
  context: ProjectContext,
  { injections }: Pick<Verifier, "injections">,
  { api, claims }: { readonly api: ProtectedApi; readonly claims: TokenClaims },
): Promise<Drawn> {
  const secrets = [...new Set(injections.map(({ secret }) => secret))];
  const termsOf = async (_project: string, secret: string) =>
    context.secrets.get(secret)?.terms ?? { processor: null, budgets: [] };
  const terms = await Promise.all(secrets.map((secret) => termsOf(context.project.id, secret)));
  const bearer = nameOf(api.token?.profile, claims.all);
  const name = bearer === null || bearer.by === "id" ? null : bearer.name;
  if (name === null && terms.some(({ budgets }) => budgets.some((budget) => budget.of === "instance")))
    return "unknown";
  const ports = { termsOf, draw: ledger.draw.bind(ledger) };
  const call = { project: context.project.id, secrets, instance: `${api.id}/${name}`, decoy: false };
  return (await drawBudgets(ports, call)) ? "drawn" : "spent";
}
