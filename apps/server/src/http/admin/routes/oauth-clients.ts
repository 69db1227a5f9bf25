import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import { Nothing, ProjectParams } from "../schemas/identifiers.ts";
import {
  OauthClientAnswer,
  OauthClientInput,
  OauthClientQuery,
  OauthClientsAnswer,
} from "../schemas/oauth-client-schemas.ts";

const all = { url: "/admin/v1/projects/:project/oauth-clients", tag: "oauth-clients", params: ProjectParams } as const;

/** OAuth clients that instances may be attested as. A client id may be a URL, so it stands in the body or the query, never in the path. */
export function mountOauthClients(mount: Mount, useCases: AdminUseCases): void {
  mount({
    ...all,
    method: "GET",
    id: "listOauthClients",
    summary: "The OAuth clients that instances may be attested as",
    status: 200,
    answer: OauthClientsAnswer,
    problems: ["not_found"],
    run: async ({ params }) => ({ clients: await useCases.listOauthClients(params.project) }),
  });
  mount({
    ...all,
    method: "PUT",
    id: "putOauthClient",
    summary: "Let instances be attested as an OAuth client",
    body: OauthClientInput,
    status: 200,
    answer: OauthClientAnswer,
    problems: ["not_found", "conflict", "limit_reached"],
    run: ({ actor, params, body }) => useCases.putOauthClient(actor, params.project, body),
  });
  mount({
    ...all,
    method: "DELETE",
    id: "removeOauthClient",
    summary: "Attest no instance as this client from now on",
    query: OauthClientQuery,
    status: 204,
    answer: Nothing,
    problems: ["not_found"],
    run: async ({ actor, params, query }) => {
      await useCases.removeOauthClient(actor, params.project, query.clientId);
      return null;
    },
  });
}
