import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import { AppParams, Nothing, ReleaseParams } from "../schemas/identifiers.ts";
import { ReleaseAnswer, ReleaseInput, ReleasesAnswer } from "../schemas/release-schemas.ts";

const all = "/admin/v1/projects/:project/apps/:app/releases";
const one = { url: `${all}/:platform/:version`, tag: "releases", params: ReleaseParams } as const;

/** Releases: reference values over time. */
export function mountReleases(mount: Mount, useCases: AdminUseCases): void {
  mount({
    method: "GET",
    url: all,
    tag: "releases",
    params: AppParams,
    id: "listReleases",
    summary: "The releases of an app",
    status: 200,
    answer: ReleasesAnswer,
    problems: ["not_found"],
    run: async ({ params }) => ({ releases: await useCases.listReleases(params.project, params.app) }),
  });
  mount({
    ...one,
    method: "PUT",
    id: "putRelease",
    summary: "Add a release, withdraw it, make it active again, or give it another end",
    body: ReleaseInput,
    status: 200,
    answer: ReleaseAnswer,
    problems: ["not_found", "limit_reached"],
    run: ({ actor, params: { project, ...name }, body }) => useCases.putRelease(actor, project, name, body),
  });
  mount({
    ...one,
    method: "DELETE",
    id: "removeRelease",
    summary: "Remove a release",
    status: 204,
    answer: Nothing,
    problems: ["not_found"],
    run: async ({ actor, params: { project, ...name } }) => {
      await useCases.removeRelease(actor, project, name);
      return null;
    },
  });
}
