import type { Project, ProjectSettings, ProtectedApi } from "../ports/index.ts";
import { isRetired, keySetOf, keysOfSet } from "../project/token-key-state.ts";
import type { AdminContext } from "./admin-context.ts";
import { AdminError } from "./admin-error.ts";

/**
 * Refuses what would tell a decoy from a genuine session (protocol section 11): reasons, a token that a published key verifies or a recipient
 * opens, a client attestation. `conflict`. Nothing is checked where the project has no decoys.
 */
export async function checkDecoy(
  { store, nowMs }: Pick<AdminContext, "store" | "nowMs">,
  project: Pick<Project, "id">,
  settings: Pick<ProjectSettings, "decoy" | "reasons" | "oauthClients">,
  apis: readonly Pick<ProtectedApi, "id" | "token">[],
): Promise<void> {
  if (settings.decoy !== true) return;
  const keys = (await store.tokenKeys.ofProject(project.id)).filter((key) => !isRetired(key, nowMs()));
  if (settings.reasons) {
    throw excluded("Reasons and decoys exclude each other: a device that reads why it is refused is not deceived.");
  }
  if ((settings.oauthClients ?? []).length > 0) {
    throw excluded("OAuth clients and decoys exclude each other: an attestation is verified with a published key.");
  }
  for (const { id, token } of apis) {
    if (token === null) continue;
    if (token.alg !== "HS256") {
      throw excluded(
        `The tokens of the API ${id} are signed with ${token.alg}: with its published key anybody tells a decoy. Decoys need HS256 at every API.`,
      );
    }
    if (keysOfSet(keys, keySetOf(id, token)).some((key) => key.alg !== "HS256")) {
      throw excluded(
        `A key of the API ${id} that is published still signs or has signed lately. Activate the secret that is to take over, and try again once that key is retired: \`countersign key list\`.`,
      );
    }
    if (token.encryption !== null) {
      throw excluded(`The tokens of the API ${id} are encrypted: their recipient would have to be given decoys.`);
    }
  }
}

function excluded(message: string): AdminError {
  return new AdminError("conflict", message);
}
