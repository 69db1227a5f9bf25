import { fromUtf8, type SessionSecret } from "@countersign/protocol";
import { canaryOf, freeCanaryOf } from "@countersign/protocol/server";
import type { Recipe, Secret, Vault } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";

/**
 * A delivered secret as a decoy gets it: the operator's canary, or one of the value's form. Its version is one more, as after a rotation: a
 * device that had the value before sees another one, and values change with their versions alone.
 */
export function decoySecret(
  { vault }: { readonly vault: Pick<Vault, "open"> },
  context: ProjectContext,
  secret: Secret,
  value: string,
): SessionSecret {
  const { name, version } = secret;
  const made = canaryOf(value, sourceOf(context, `${name}:${version}`));
  return delivered(vault, secret, made);
}

function delivered(vault: Pick<Vault, "open">, secret: Secret, made: string): SessionSecret {
  const { name, version } = secret;
  return { name, version: version + 1, mode: "delivered", value: operatorsCanary(vault, secret) ?? made };
}

/** The same for a secret whose values are minted: nothing is minted for a decoy, so the form is that of what the recipe makes. */
export function recipeDecoy(
  { vault }: { readonly vault: Pick<Vault, "open"> },
  context: ProjectContext,
  secret: Secret,
  recipe: Recipe,
): SessionSecret {
  const { name, version } = secret;
  const source = sourceOf(context, `${name}:${version}`);
  const made = recipe.kind === "aws-sts" ? awsCanary(source) : freeCanaryOf(source);
  return delivered(vault, secret, made);
}

/** Of the form of temporary keys: what `AssumeRole` gives begins with `ASIA`, and its tokens are some hundred characters of base64. */
function awsCanary(source: ReturnType<typeof sourceOf>): string {
  const of = (part: string): string => freeCanaryOf({ ...source, name: `${source.name}:${part}` });
  return JSON.stringify({
    accessKeyId: `ASIA${canaryOf("A2B3C4D5E6F7G2H3", source)}`,
    secretAccessKey: of("secret"),
    sessionToken: `IQoJb3JpZ2luX2Vj${["1", "2", "3", "4", "5", "6", "7", "8"].map(of).join("")}`,
  });
}

/** What stands for a brokered secret in a decoy's call. The value itself is not opened for it. */
export function brokeredCanary(vault: Pick<Vault, "open">, context: ProjectContext, secret: Secret): string {
  return operatorsCanary(vault, secret) ?? freeCanaryOf(sourceOf(context, secret.name));
}

function operatorsCanary(vault: Pick<Vault, "open">, { project, name, canary }: Secret): string | null {
  return canary == null ? null : fromUtf8(vault.open(canary, canaryContext(project, name)).reveal());
}

/** What a canary is sealed with. */
export const canaryContext = (project: string, name: string): readonly string[] => ["canary", project, name];

function sourceOf({ seeds, projectId }: ProjectContext, name: string): Parameters<typeof freeCanaryOf>[0] {
  return { projectSeed: seeds[0].seed.reveal(), project: projectId, name };
}
