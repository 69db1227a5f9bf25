import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import { AppParams, ProjectParams } from "../schemas/identifiers.ts";
import { FleetVersionsAnswer, ProposedChange, SimulationAnswer } from "../schemas/simulation-schemas.ts";

/** Which versions are installed, and which of them a change would lock out. */
export function mountSimulations(mount: Mount, useCases: AdminUseCases): void {
  mount({
    method: "GET",
    url: "/admin/v1/projects/:project/apps/:app/versions",
    tag: "apps",
    params: AppParams,
    id: "listVersions",
    summary: "The versions of an app that genuine instances run",
    status: 200,
    answer: FleetVersionsAnswer,
    problems: ["not_found"],
    run: async ({ params }) => ({ versions: await useCases.listFleetVersions(params.project, params.app) }),
  });
  mount({
    method: "POST",
    url: "/admin/v1/projects/:project/simulations",
    tag: "projects",
    params: ProjectParams,
    id: "simulateChange",
    summary: "Which installed versions a change would lock out; nothing is written",
    body: ProposedChange,
    bodyLimit: 256 * 1024,
    status: 200,
    answer: SimulationAnswer,
    problems: ["not_found", "conflict", "in_use", "limit_reached", "development_only"],
    run: ({ params, body }) => useCases.simulateChange(params.project, body),
  });
}
