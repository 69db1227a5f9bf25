import { type AdminClient, toPath } from "./admin-client.ts";
import type { ProjectAnswer } from "./answers.ts";
import type { CliContext } from "./cli-context.ts";
import { CliFailure } from "./cli-failure.ts";

/** The option every command on a project has. */
export interface ProjectOption {
  readonly project?: string;
}

export const projectOption = [
  "--project <project>",
  "name or id of the project; default COUNTERSIGN_PROJECT, or the only one",
] as const;

/** The project that `--project`, else COUNTERSIGN_PROJECT names by id or name; else the only one there is. */
export async function findProject(
  context: CliContext,
  client: AdminClient,
  option: string | undefined,
): Promise<ProjectAnswer> {
  const { projects } = (await client.get(toPath("projects"))) as { projects: readonly ProjectAnswer[] };
  const named = option ?? (context.io.env.COUNTERSIGN_PROJECT || undefined);
  if (named === undefined) {
    const [only, second] = projects;
    if (only === undefined)
      throw new CliFailure("no_project", "There is no project yet. Make one with `countersign project create NAME`.");
    if (second === undefined) return only;
    throw new CliFailure("project_ambiguous", "There are several projects. Name one with --project NAME.");
  }
  const found = projects.find((project) => project.id === named) ?? projects.find((project) => project.name === named);
  if (found === undefined)
    throw new CliFailure("not_found", "There is no such project. `countersign project list` shows those there are.");
  return found;
}

/** A client and the path below the project. */
export async function openProject(
  context: CliContext,
  option: string | undefined,
): Promise<{ client: AdminClient; project: ProjectAnswer; path: (...parts: readonly string[]) => string }> {
  const client = context.connect();
  const project = await findProject(context, client, option);
  return { client, project, path: (...parts) => toPath("projects", project.id, ...parts) };
}
