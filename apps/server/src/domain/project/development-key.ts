import type { DevelopmentKey, Enveloped, SecretValue, Vault } from "../ports/index.ts";

function contextOf({ project, id }: Pick<DevelopmentKey, "project" | "id">): readonly string[] {
  return ["development-key", project, id];
}

/** Envelopes a development key's 32 bytes: unlike a token that is only compared, its MACs ask for the key itself. */
export function sealDevelopmentKey(
  vault: Vault,
  name: Pick<DevelopmentKey, "project" | "id">,
  secret: Uint8Array,
): Enveloped {
  return vault.seal(secret, contextOf(name));
}

export function openDevelopmentKey(vault: Vault, key: DevelopmentKey): SecretValue {
  return vault.open(key.secret, contextOf(key));
}
