import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import { ApiAnswer, ApiInput, ApiLinksInput, ApiReplacement, ApisAnswer } from "../schemas/api-schemas.ts";
import { ApiParams, Nothing, ProjectParams } from "../schemas/identifiers.ts";

const all = { url: "/admin/v1/projects/:project/apis", tag: "apis", params: ProjectParams } as const;
const one = { url: "/admin/v1/projects/:project/apis/:api", tag: "apis", params: ApiParams } as const;
const bodyLimit = 128 * 1024;

/** Protected APIs: the hosts an app talks to, how they prove themselves, what goes there. */
export function mountProtectedApis(mount: Mount, useCases: AdminUseCases): void {
  mount({
    ...all,
    method: "GET",
    id: "listApis",
    summary: "All protected APIs of the project",
    status: 200,
    answer: ApisAnswer,
    problems: ["not_found"],
    run: async ({ params }) => ({ apis: await useCases.listApis(params.project) }),
  });
  mount({
    ...all,
    method: "POST",
    id: "addApi",
    summary: "Add a protected API",
    body: ApiInput,
    bodyLimit,
    status: 201,
    answer: ApiAnswer,
    problems: ["not_found", "conflict", "limit_reached"],
    run: ({ actor, params, body: { id, ...input } }) => useCases.putApi(actor, params.project, id, input, "create"),
  });
  mount({
    ...one,
    method: "GET",
    id: "showApi",
    summary: "One protected API",
    status: 200,
    answer: ApiAnswer,
    problems: ["not_found"],
    run: ({ params }) => useCases.showApi(params.project, params.api),
  });
  mount({
    ...one,
    method: "PUT",
    id: "replaceApi",
    summary: "Replace a protected API",
    body: ApiReplacement,
    bodyLimit,
    status: 200,
    answer: ApiAnswer,
    problems: ["not_found", "conflict", "limit_reached"],
    run: ({ actor, params, body }) => useCases.putApi(actor, params.project, params.api, body, "replace"),
  });
  mount({
    ...one,
    url: `${one.url}/links`,
    method: "PUT",
    id: "setApiLinks",
    summary: "Say which links in the API's answers are led through the broker",
    body: ApiLinksInput,
    status: 200,
    answer: ApiAnswer,
    problems: ["not_found"],
    run: ({ actor, params, body }) => useCases.setApiLinks(actor, params.project, params.api, body),
  });
  mount({
    ...one,
    method: "DELETE",
    id: "removeApi",
    summary: "Remove a protected API that no secret's place names",
    status: 204,
    answer: Nothing,
    problems: ["not_found", "in_use"],
    run: async ({ actor, params }) => {
      await useCases.removeApi(actor, params.project, params.api);
      return null;
    },
  });
}
