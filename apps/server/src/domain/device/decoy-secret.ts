import { fromUtf8, type SessionSecret } from "@countersign/protocol";
import { canaryOf, freeCanaryOf } from "@countersign/protocol/server";
import type { Secret, Vault } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";

/**
 * A delivered secret as a decoy gets it: the operator's canary, or one of the value's form. Its version is one more, as after a rotation: a
 * device that had the value before sees another one, and values change with their versions alone.
 */
export function decoySecret(
  { vault }: { readonly vault: Vault },
  context: ProjectContext,
  secret: Secret,
  value: string,
): SessionSecret {
  const { name, version } = secret;
  const made = canaryOf(value, sourceOf(context, `${name}:${version}`));
  return { name, version: version + 1, mode: "delivered", value: operatorsCanary(vault, secret) ?? made };
}

/** What stands for a brokered secret in a decoy's call. The value itself is not opened for it. */
export function brokeredCanary(vault: Vault, context: ProjectContext, secret: Secret): string {
  return operatorsCanary(vault, secret) ?? freeCanaryOf(sourceOf(context, secret.name));
}

function operatorsCanary(vault: Vault, { project, name, canary }: Secret): string | null {
  return canary == null ? null : fromUtf8(vault.open(canary, canaryContext(project, name)).reveal());
}

/** What a canary is sealed with. */
export const canaryContext = (project: string, name: string): readonly string[] => ["canary", project, name];

function sourceOf({ seeds, projectId }: ProjectContext, name: string): Parameters<typeof freeCanaryOf>[0] {
  return { projectSeed: seeds[0].seed.reveal(), project: projectId, name };
}
