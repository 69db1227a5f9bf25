import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import {
  AppAnswer,
  AppInput,
  AppReplacement,
  AppsAnswer,
  BuildInput,
  RegisteredBuildAnswer,
} from "../schemas/app-schemas.ts";
import { AppParams, Nothing, ProjectParams } from "../schemas/identifiers.ts";

const all = { url: "/admin/v1/projects/:project/apps", tag: "apps", params: ProjectParams } as const;
const one = { url: "/admin/v1/projects/:project/apps/:app", tag: "apps", params: AppParams } as const;

/** Apps: the reference values that say which builds are genuine. */
export function mountApps(mount: Mount, useCases: AdminUseCases): void {
  mount({
    ...all,
    method: "GET",
    id: "listApps",
    summary: "All apps of the project",
    status: 200,
    answer: AppsAnswer,
    problems: ["not_found"],
    run: async ({ params }) => ({ apps: await useCases.listApps(params.project) }),
  });
  mount({
    ...all,
    method: "POST",
    id: "addApp",
    summary: "Add an app",
    body: AppInput,
    status: 201,
    answer: AppAnswer,
    problems: ["not_found", "conflict", "limit_reached"],
    run: ({ actor, params, body: { id, ...input } }) => useCases.putApp(actor, params.project, id, input, "create"),
  });
  mount({
    ...one,
    method: "GET",
    id: "showApp",
    summary: "One app",
    status: 200,
    answer: AppAnswer,
    problems: ["not_found"],
    run: ({ params }) => useCases.showApp(params.project, params.app),
  });
  mount({
    ...one,
    method: "PUT",
    id: "replaceApp",
    summary: "Replace the reference values of an app",
    body: AppReplacement,
    status: 200,
    answer: AppAnswer,
    problems: ["not_found"],
    run: ({ actor, params, body }) => useCases.putApp(actor, params.project, params.app, body, "replace"),
  });
  mount({
    ...one,
    url: `${one.url}/builds`,
    method: "POST",
    id: "registerBuild",
    summary: "Register a build: make the app, or add what it lacks",
    body: BuildInput,
    status: 200,
    answer: RegisteredBuildAnswer,
    problems: ["not_found", "conflict", "limit_reached"],
    run: ({ actor, params, body }) => useCases.registerBuild(actor, params.project, params.app, body),
  });
  mount({
    ...one,
    method: "DELETE",
    id: "removeApp",
    summary: "Remove an app that no secret names",
    status: 204,
    answer: Nothing,
    problems: ["not_found", "in_use"],
    run: async ({ actor, params }) => {
      await useCases.removeApp(actor, params.project, params.app);
      return null;
    },
  });
}
