import type { Command } from "commander";
import type { CliContext } from "../cli-context.ts";
import { defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { toFields } from "../table.ts";

interface ActivityOptions extends ProjectOption {
  readonly month?: string;
}

/** `countersign activity` */
export function activityCommand(context: CliContext): Command {
  return defineCommand<ActivityOptions>(
    context,
    "activity",
    "activity",
    "Count genuine active installations and verdicts of a month (UTC).",
    (command) => command.option(...projectOption).option("--month <yyyy-mm>", "default the present month"),
    async (_, { project, month }) => {
      const { client, path } = await openProject(context, project);
      const query = month === undefined ? "" : `?month=${encodeURIComponent(month)}`;
      const answer = (await client.get(`${path("activity")}${query}`)) as {
        month: string;
        active: Record<string, number>;
        verdicts: Record<string, number>;
        decoys: number;
      };
      const counts = (of: Record<string, number>) =>
        Object.entries(of).map(([name, count]) => [name, String(count)] as const);
      const text = toFields(context.paint, [
        ["month", answer.month],
        ...counts(answer.active),
        ...counts(answer.verdicts),
        ["refused by decoy", String(answer.decoys)],
      ]);
      return { json: answer, text };
    },
  );
}
