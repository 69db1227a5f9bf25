import type { Bearer } from "@countersign/broker";
import type { SecretValue, Vault } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import { isBrokeredFor } from "../project/secret-use.ts";
import type { Recipes } from "./create-recipes.ts";

/** As long as a call that has its value may take to be sent. */
const leftMs = 30_000;
/** No longer than a mint takes. */
const waitMs = 10_500;

/**
 * The value of a secret that is brokered for the bearer of such a pass, at this moment: its own, or one minted for this instance. Null: there is none, or none now.
 */
export async function openForBearer(
  { vault, recipes }: { readonly vault: Pick<Vault, "open">; readonly recipes: Pick<Recipes, "valueOf"> },
  context: ProjectContext,
  name: string,
  bearer: Bearer,
): Promise<SecretValue | null> {
  const secret = context.secrets.get(name);
  if (secret === undefined || !isBrokeredFor(secret, bearer)) return null;
  if (secret.recipe == null) return vault.open(secret.value, ["secret", secret.project, name, String(secret.version)]);
  const minted = await recipes.valueOf(context, secret, bearer, { leftMs, waitMs });
  return minted.ok ? minted.value : null;
}
