import type { Injection, Secret, SecretValue, Vault } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import type { Recipes } from "../recipes/create-recipes.ts";

/** A header for a proxy to set. The value is in the clear: it goes into one answer and nowhere else. */
export interface OpenInjection {
  readonly header: string;
  readonly value: string;
}

/** RFC 9110 §5.5 in ASCII: what every proxy hands on as it is. */
const fieldValue = /^[!-~](?:[ -~]*[!-~])?$/;

/** Whether a value, one character for each byte, fits a header by itself. */
export function fitsHeader(text: string): boolean {
  return fieldValue.test(text);
}

/** A token tells a proxy whose request it is, by a name that is not the instance's: what is minted for one instance is not given to it. */
async function mintedForAll(
  recipes: Pick<Recipes, "valueOf">,
  context: ProjectContext,
  secret: Secret,
): Promise<SecretValue | null> {
  const minted = await recipes.valueOf(context, secret, null, { leftMs: 30_000, waitMs: 3_000 });
  return minted.ok ? minted.value : null;
}

/**
 * Opens the secrets that a credential is given, as they are at this moment. `ok: false` names the first that cannot be given: it is gone, was
 * limited to some apps or to what a processor makes of it, or does not fit a header.
 */
export async function openInjections(
  { vault, recipes }: { readonly vault: Pick<Vault, "open">; readonly recipes: Pick<Recipes, "valueOf"> },
  context: ProjectContext,
  injections: readonly Injection[],
): Promise<
  { readonly ok: true; readonly opened: readonly OpenInjection[] } | { readonly ok: false; readonly secret: string }
> {
  const { project, secrets } = context;
  const opened: OpenInjection[] = [];
  for (const { header, prefix, secret: name } of injections) {
    const secret = secrets.get(name);
    if (secret === undefined || secret.apps !== null || secret.terms?.processor != null)
      return { ok: false, secret: name };
    const opening =
      secret.recipe == null
        ? vault.open(secret.value, ["secret", project.id, name, String(secret.version)])
        : await mintedForAll(recipes, context, secret);
    if (opening === null) return { ok: false, secret: name };
    const value = prefix + Buffer.from(opening.reveal()).toString("latin1");
    if (!fitsHeader(value)) return { ok: false, secret: name };
    opened.push({ header, value });
  }
  return { ok: true, opened };
}
