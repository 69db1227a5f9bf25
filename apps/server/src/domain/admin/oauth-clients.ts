import type { OauthClient, Project } from "../ports/index.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError } from "./admin-error.ts";
import { parseIdentifier } from "./rules/identifier.ts";
import { parseOauthClientId } from "./rules/oauth-client-id.ts";
import { accept, acceptEach } from "./rules/rule.ts";

const MOST_CLIENTS = 64;

export interface OauthClientInput {
  readonly clientId: string;
  /** Apps whose instances may be attested as this client; null or left out: every app of the project. */
  readonly apps?: readonly string[] | null | undefined;
}

export async function listOauthClients(context: AdminContext, projectId: string): Promise<readonly OauthClient[]> {
  return clientsOf(await projectOf(context, projectId));
}

/** Lets instances be attested as an OAuth client, in place of what was said of that client before. */
export async function putOauthClient(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  input: OauthClientInput,
): Promise<OauthClient> {
  const project = await projectOf(context, projectId);
  const clientId = accept("/clientId", parseOauthClientId(input.clientId));
  const apps = input.apps == null ? null : acceptEach("/apps", input.apps, parseIdentifier);
  await assertApps(context, project, apps);
  if (project.settings.decoy === true) {
    throw new AdminError(
      "conflict",
      "Attestations are verified by a public key, which would tell decoys from genuine sessions. Turn decoys off first.",
    );
  }
  const others = clientsOf(project).filter((client) => client.clientId !== clientId);
  if (others.length >= MOST_CLIENTS) {
    throw new AdminError("limit_reached", `A project has at most ${MOST_CLIENTS} OAuth clients. Remove one first.`);
  }
  const client: OauthClient = { clientId, apps };
  await keep(context, project, [...others, client]);
  await audited(context, actor, project.id, "oauth-client.put", clientId, { apps: apps?.join(",") ?? null });
  return client;
}

/** No instance is attested as this client from now on; attestations that are out live to their end, 300 s at most. */
export async function removeOauthClient(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  clientId: string,
): Promise<void> {
  const project = await projectOf(context, projectId);
  const clients = clientsOf(project);
  const left = clients.filter((client) => client.clientId !== clientId);
  if (left.length === clients.length) {
    throw new AdminError(
      "not_found",
      "There is no such OAuth client in this project. `countersign oauth-client list` shows those there are.",
    );
  }
  await keep(context, project, left);
  await audited(context, actor, project.id, "oauth-client.remove", clientId);
}

function clientsOf({ settings }: Project): readonly OauthClient[] {
  return settings.oauthClients ?? [];
}

async function keep(context: AdminContext, project: Project, oauthClients: readonly OauthClient[]): Promise<void> {
  await context.operations.republish(project.id, { ...project.settings, oauthClients });
}

async function assertApps(context: AdminContext, project: Project, apps: readonly string[] | null): Promise<void> {
  const known = new Set((await context.store.apps.list(project.id)).map(({ id }) => id));
  if (apps?.some((app) => !known.has(app))) {
    throw new AdminError(
      "not_found",
      "There is no such app in this project. `countersign app list` shows those there are.",
    );
  }
}
