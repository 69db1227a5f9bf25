import type { Project } from "../ports/index.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError } from "./admin-error.ts";
import { parseDisplayName } from "./rules/display-name.ts";
import { parsePublicHost } from "./rules/public-host.ts";
import { accept } from "./rules/rule.ts";

/** A project as operators see it. */
export interface ProjectView {
  readonly id: string;
  readonly name: string;
  readonly kind: Project["kind"];
  readonly createdAtMs: number;
  /** The public configuration string an app is built with. */
  readonly configuration: string;
  readonly settings: Project["settings"];
  readonly manifest: { readonly epoch: number; readonly version: number };
  readonly keyList: { readonly version: number; readonly byRecovery: boolean };
}

export function toProjectView(context: AdminContext, project: Project, host: string | null = null): ProjectView {
  return {
    id: project.id,
    name: project.name,
    kind: project.kind,
    createdAtMs: project.createdAtMs,
    configuration: context.operations.configurationOf(project, host),
    settings: project.settings,
    manifest: { epoch: project.manifestEpoch, version: project.manifestVersion },
    keyList: { version: project.keyListVersion, byRecovery: project.keyListByRecovery },
  };
}

export interface NewProjectInput {
  readonly name: string;
  readonly kind: Project["kind"];
  /** `HOST[:PORT]` the configuration string names. Default: the service's public origin. */
  readonly host?: string | undefined;
}

/** Creates a project. Its kind can never change; its name is unique, so that people may use it instead of the id. */
export async function createProject(context: AdminContext, actor: Actor, input: NewProjectInput): Promise<ProjectView> {
  const name = accept("/name", parseDisplayName(input.name));
  const host = input.host === undefined ? null : accept("/host", parsePublicHost(input.host));
  if (context.productionOnly && input.kind === "development") {
    throw new AdminError(
      "conflict",
      "This service was started with --production-only. Create the project in another service.",
    );
  }
  if ((await context.store.projects.list()).some((project) => project.name === name)) {
    throw new AdminError("conflict", "A project of this name exists. Choose another name.");
  }
  const project = await context.operations.create({ name, kind: input.kind });
  await audited(context, actor, project.id, "project.create", project.id, { name, kind: input.kind });
  return toProjectView(context, project, host);
}

export async function listProjects(context: AdminContext): Promise<readonly ProjectView[]> {
  const projects = await context.store.projects.list();
  return projects
    .filter((project) => !context.productionOnly || project.kind === "production")
    .map((project) => toProjectView(context, project));
}

export async function showProject(context: AdminContext, id: string): Promise<ProjectView> {
  return toProjectView(context, await projectOf(context, id));
}
