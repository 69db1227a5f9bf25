import { budgetKeyOf } from "./budget-key.ts";
import type { BrokerPorts } from "./ports.ts";

export interface BudgetedCall {
  readonly project: string;
  readonly secrets: readonly string[];
  readonly instance: string;
  /** Decoys meet bounds of the same size, and draw on nobody's. */
  readonly decoy: boolean;
}

/**
 * Draws one call on every budget of these secrets, the instance's own before those it shares, so that one which has used up its own takes nothing
 * from the others. True only where all of them held; what was drawn until one did not stays drawn.
 */
export async function drawBudgets(ports: Pick<BrokerPorts, "termsOf" | "draw">, call: BudgetedCall): Promise<boolean> {
  const { project, instance, decoy } = call;
  const terms = await Promise.all(
    call.secrets.map(async (name) => ({ name, terms: await ports.termsOf(project, name) })),
  );
  const budgets = terms.flatMap(({ name, terms }) => terms.budgets.map((budget) => ({ name, ...budget })));
  for (const scope of ["instance", "secret"] as const) {
    for (const budget of budgets.filter(({ of }) => of === scope)) {
      const { name, limit, perCall, windowSeconds } = budget;
      const whose = scope === "instance" ? instance : null;
      const key = budgetKeyOf({ project, secret: name, instance: whose, decoy, windowSeconds });
      if (!(await ports.draw(key, perCall, limit, windowSeconds))) return false;
    }
  }
  return true;
}
