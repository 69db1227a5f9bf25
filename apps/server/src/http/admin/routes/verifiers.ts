import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import { ApiParams, Nothing, ProjectParams, VerifierParams } from "../schemas/identifiers.ts";
import {
  TrafficAnswer,
  TrafficQuery,
  VerifierCreated,
  VerifierInput,
  VerifiersAnswer,
} from "../schemas/verifier-schemas.ts";

const all = { url: "/admin/v1/projects/:project/verifiers", tag: "verifiers", params: ProjectParams } as const;

/** Credentials of backends, and what backends reported. */
export function mountVerifiers(mount: Mount, useCases: AdminUseCases): void {
  mount({
    ...all,
    method: "GET",
    id: "listVerifiers",
    summary: "The project's verifier credentials, never a credential itself",
    status: 200,
    answer: VerifiersAnswer,
    problems: ["not_found"],
    run: async ({ params }) => ({ verifiers: await useCases.listVerifiers(params.project) }),
  });
  mount({
    ...all,
    method: "POST",
    id: "addVerifier",
    summary: "Make a verifier credential",
    body: VerifierInput,
    status: 201,
    answer: VerifierCreated,
    problems: ["not_found", "conflict", "limit_reached"],
    run: ({ actor, params, body }) => useCases.addVerifier(actor, params.project, body),
  });
  mount({
    method: "DELETE",
    url: "/admin/v1/projects/:project/verifiers/:verifier",
    tag: "verifiers",
    params: VerifierParams,
    id: "removeVerifier",
    summary: "Take a verifier credential out of use",
    status: 204,
    answer: Nothing,
    problems: ["not_found"],
    run: async ({ actor, params }) => {
      await useCases.removeVerifier(actor, params.project, params.verifier);
      return null;
    },
  });
  mount({
    method: "GET",
    url: "/admin/v1/projects/:project/apis/:api/traffic",
    tag: "verifiers",
    params: ApiParams,
    query: TrafficQuery,
    id: "showTraffic",
    summary: "How the requests of an API fell, as its backends reported",
    status: 200,
    answer: TrafficAnswer,
    problems: ["not_found"],
    run: ({ params, query }) => useCases.showTraffic(params.project, params.api, query.hours),
  });
}
