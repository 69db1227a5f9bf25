import type { Budgets } from "../config.ts";
import type { Changes } from "../domain/changes/changes.ts";
import type { Ledger, SecretValue, Vault } from "../domain/ports/index.ts";
import type { ProjectContexts } from "../domain/project/project-contexts.ts";
import { createRecipes, type Recipes } from "../domain/recipes/create-recipes.ts";
import type { Log } from "../log/create-log.ts";
import { createCallOut } from "../outbound/call-out.ts";

export interface OpenRecipesDeps {
  readonly vault: Vault;
  readonly ledger: Ledger;
  readonly contexts: ProjectContexts;
  readonly changes: Changes;
  readonly clock: { nowMs(): number };
  readonly random: (length: number) => Uint8Array;
  readonly budgets: Budgets;
  readonly hold: (bytes: Uint8Array) => SecretValue;
  readonly upstreamCas: readonly string[];
  readonly log: Log;
}

/** Recipes over the network, which forget what a change or a removal made worthless. */
export function openRecipes(deps: OpenRecipesDeps): Recipes {
  const { contexts, changes, upstreamCas, log } = deps;
  const recipes = createRecipes({
    ...deps,
    callOut: createCallOut({ furtherCas: upstreamCas }),
    onFailure: (event) => log.warn({ event: "recipe_failed", ...event }, "recipe failed"),
  });
  const stop = changes.subscribe(({ project, topic }) => {
    if (topic !== "project") return;
    contexts.get(project).then(
      (context) => recipes.keepCurrent(context, project),
      () => recipes.keepCurrent(null, project),
    );
  });
  return {
    ...recipes,
    close() {
      stop();
      recipes.close();
    },
  };
}
