import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import {
  DevelopmentKeyCreated,
  DevelopmentKeyInput,
  DevelopmentKeysAnswer,
} from "../schemas/development-key-schemas.ts";
import { Nothing, ProjectParams, SecretParams } from "../schemas/identifiers.ts";

const all = {
  url: "/admin/v1/projects/:project/development-keys",
  tag: "development-keys",
  params: ProjectParams,
} as const;

/** Keys with which simulators and CI enrol in a development project. */
export function mountDevelopmentKeys(mount: Mount, useCases: AdminUseCases): void {
  mount({
    ...all,
    method: "GET",
    id: "listDevelopmentKeys",
    summary: "The project's development keys, revoked ones too, never a key itself",
    status: 200,
    answer: DevelopmentKeysAnswer,
    problems: ["not_found"],
    run: async ({ params }) => ({ developmentKeys: [...(await useCases.listDevelopmentKeys(params.project))] }),
  });
  mount({
    ...all,
    method: "POST",
    id: "createDevelopmentKey",
    summary: "Make a development key; a production project gets none",
    body: DevelopmentKeyInput,
    status: 201,
    answer: DevelopmentKeyCreated,
    problems: ["not_found", "development_only", "conflict", "limit_reached"],
    run: ({ actor, params, body }) => useCases.createDevelopmentKey(actor, params.project, body),
  });
  mount({
    method: "DELETE",
    url: "/admin/v1/projects/:project/development-keys/:name",
    tag: "development-keys",
    params: SecretParams,
    id: "revokeDevelopmentKey",
    summary: "Take a development key out of use, and end what it enrolled",
    status: 204,
    answer: Nothing,
    problems: ["not_found"],
    run: async ({ actor, params }) => {
      await useCases.revokeDevelopmentKey(actor, params.project, params.name);
      return null;
    },
  });
}
