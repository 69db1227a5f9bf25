import type { Recipe } from "../ports/index.ts";
import type { MintTest } from "../recipes/create-recipes.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited } from "./admin-context.ts";
import { AdminError } from "./admin-error.ts";
import { acceptRecipe, parseRootValue, type RecipeInput } from "./rules/recipe.ts";
import { accept } from "./rules/rule.ts";
import { checkProcessed } from "./rules/secret-terms.ts";
import {
  acceptValue,
  fittingCanary,
  heldSecret,
  isClosing,
  reveal,
  rootValue,
  type SecretView,
  sameValue,
  writeSecret,
} from "./secrets.ts";

export interface RecipeChange {
  readonly recipe: RecipeInput | null;
  /** What values are minted from, or without a recipe the one that is used. Demanded where the present value cannot be it. */
  readonly value?: string | undefined;
}

const exposedRoot = (): AdminError =>
  new AdminError(
    "exposed_value",
    "Devices were given the present value, so nothing can be minted from it in secret. Give a new value.",
  );

/**
 * Sets how values of a secret are minted; null: its own value is used. A value that devices were given is no root, and a root is never given to
 * anybody: both changes take a new value.
 */
export async function setRecipe(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: string,
  change: RecipeChange,
): Promise<SecretView> {
  const held = await heldSecret(context, projectId, name);
  const recipe: Recipe | null = change.recipe === null ? null : acceptRecipe("/recipe", change.recipe);
  const next = { ...held, recipe };
  const value = change.value === undefined ? null : acceptValue("/value", change.value, next);
  const isSame = value === null || sameValue(context, held, value);
  if (isSame && isClosing(held, next)) throw exposedRoot();
  if (isSame && held.recipe != null && recipe === null) throw rootValue();
  const root = value ?? reveal(context, held);
  if (recipe !== null) {
    accept("/recipe", parseRootValue(Buffer.from(root).toString("utf8"), recipe));
    accept("/terms/processor", checkProcessed(null, held.terms ?? null, held.places));
  }
  const canary = fittingCanary(context, held, held.places, root);
  return await writeSecret(context, actor, "secret.recipe", { ...next, canary }, held, root);
}

/** Follows the recipe once, for nobody, and tells how it went; the value is dropped. */
export async function testRecipe(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: string,
): Promise<MintTest> {
  const held = await heldSecret(context, projectId, name);
  if (held.recipe == null) {
    throw new AdminError(
      "conflict",
      "The secret is no recipe: its own value is used. `countersign secret set-recipe` sets one.",
    );
  }
  const project = await context.verifying.contexts.get(held.project);
  if (project === null) throw new AdminError("not_found", "There is no such project.");
  const tested = await context.recipes.test(project, held);
  const detail = { recipe: tested.kind, reason: tested.ok ? null : tested.reason };
  await audited(context, actor, held.project, "secret.mint_test", name, detail);
  return tested;
}
