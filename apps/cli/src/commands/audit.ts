import type { Command } from "commander";
import { toPath } from "../admin-client.ts";
import type { AuditAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { toTable, toTime } from "../table.ts";
import { wholeNumber } from "../whole-number.ts";

interface AuditOptions extends ProjectOption {
  readonly service?: true;
  readonly limit: number;
}

/** `countersign audit` */
export function auditCommand(context: CliContext): Command {
  return defineCommand<AuditOptions>(
    context,
    "audit",
    "audit",
    "Show what administrators changed and looked up, newest first.",
    (command) =>
      command
        .option(...projectOption)
        .option("--service", "what belongs to no project")
        .option("--limit <n>", "how many, up to 1000", wholeNumber, 100),
    async (_, { project, service, limit }) => {
      const answer = (await read(context, project, service === true, limit)) as AuditAnswer;
      const rows = answer.records.map(({ atMs, actor, actorName, action, target }) => [
        toTime(atMs),
        actorName ?? actor,
        action,
        target,
      ]);
      return {
        json: answer,
        text: toTable(context.paint, ["TIME (UTC)", "WHO", "ACTION", "TARGET"], rows, "Nothing yet."),
      };
    },
  );
}

async function read(
  context: CliContext,
  project: string | undefined,
  service: boolean,
  limit: number,
): Promise<unknown> {
  if (service) return await context.connect().get(`${toPath("audit")}?limit=${limit}`);
  const { client, path } = await openProject(context, project);
  return await client.get(`${path("audit")}?limit=${limit}`);
}
