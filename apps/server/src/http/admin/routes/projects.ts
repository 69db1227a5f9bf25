import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import { ProjectParams } from "../schemas/identifiers.ts";
import {
  ActivityAnswer,
  ActivityQuery,
  AnchorsAnswer,
  AnchorsInput,
  AuditAnswer,
  AuditQuery,
  ProjectAnswer,
  ProjectInput,
  ProjectsAnswer,
  RecoverInput,
  RootAnswer,
  RootQuery,
  SettingsInput,
} from "../schemas/project-schemas.ts";

const tag = "projects";
const one = { url: "/admin/v1/projects/:project", tag, params: ProjectParams, status: 200 } as const;

/** Projects, their settings, anchors, root, audit and activity. */
export function mountProjects(mount: Mount, useCases: AdminUseCases): void {
  mount({
    method: "GET",
    url: "/admin/v1/projects",
    id: "listProjects",
    tag,
    summary: "All projects",
    status: 200,
    answer: ProjectsAnswer,
    run: async () => ({ projects: await useCases.listProjects() }),
  });
  mount({
    method: "POST",
    url: "/admin/v1/projects",
    id: "createProject",
    tag,
    summary: "Create a project; its kind never changes",
    body: ProjectInput,
    status: 201,
    answer: ProjectAnswer,
    problems: ["conflict"],
    run: ({ actor, body }) => useCases.createProject(actor, body),
  });
  mount({
    ...one,
    method: "GET",
    id: "showProject",
    summary: "One project with its settings",
    answer: ProjectAnswer,
    problems: ["not_found"],
    run: ({ params }) => useCases.showProject(params.project),
  });
  mount({
    ...one,
    method: "PATCH",
    id: "changeSettings",
    summary: "Change the named settings",
    body: SettingsInput,
    answer: ProjectAnswer,
    problems: ["not_found", "development_only", "conflict"],
    run: ({ actor, params, body }) => useCases.changeSettings(actor, params.project, body),
  });
  mount({
    ...one,
    method: "PUT",
    url: "/admin/v1/projects/:project/anchors",
    id: "putAnchors",
    summary: "Replace the test anchors of a development project",
    body: AnchorsInput,
    bodyLimit: 128 * 1024,
    answer: AnchorsAnswer,
    problems: ["not_found", "development_only", "anchor_refused"],
    run: async ({ actor, params, body }) => ({ anchors: await useCases.putAnchors(actor, params.project, body.pems) }),
  });
  mountRoot(mount, useCases);
  mount({
    ...one,
    method: "GET",
    url: "/admin/v1/projects/:project/audit",
    id: "listAudit",
    summary: "Audit records of the project, newest first",
    query: AuditQuery,
    answer: AuditAnswer,
    problems: ["not_found"],
    run: async ({ params, query }) => ({ records: await useCases.listAudit(params.project, query.limit) }),
  });
  mount({
    ...one,
    method: "GET",
    url: "/admin/v1/projects/:project/activity",
    id: "countActivity",
    summary: "Genuine active installations and verdicts of a month",
    query: ActivityQuery,
    answer: ActivityAnswer,
    problems: ["not_found"],
    run: ({ params, query }) => useCases.countActivity(params.project, query.month ?? null),
  });
}

function mountRoot(mount: Mount, useCases: AdminUseCases): void {
  mount({
    ...one,
    method: "GET",
    url: "/admin/v1/projects/:project/root",
    id: "exportRoot",
    summary: "The public side of the project's trust, and its configuration string",
    query: RootQuery,
    answer: RootAnswer,
    problems: ["not_found"],
    run: ({ params, query }) => useCases.exportRoot(params.project, query.host ?? null),
  });
  mount({
    ...one,
    method: "POST",
    url: "/admin/v1/projects/:project/keys/recover",
    id: "recoverRoot",
    summary: "Replace the root through the recovery root; there is no way back",
    body: RecoverInput,
    answer: RootAnswer,
    problems: ["not_found", "recovery_key_absent"],
    run: ({ actor, params }) => useCases.recoverRoot(actor, params.project),
  });
}
