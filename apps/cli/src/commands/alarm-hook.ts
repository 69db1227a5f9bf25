import type { Command } from "commander";
import type { AlarmHookAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { createGroup, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { toTable, toTime } from "../table.ts";

interface AddOptions extends ProjectOption {
  readonly decoy?: string;
}

/** `countersign alarm-hook …` */
export function alarmHookCommand(context: CliContext): Command {
  return createGroup("alarm-hook", "Addresses where others report that a decoy was used.", [
    add(context),
    list(context),
    remove(context),
  ]);
}

const add = (context: CliContext): Command =>
  defineCommand<AddOptions>(
    context,
    "alarm-hook add",
    "add <name>",
    "Make an address where somebody outside reports the use of a decoy, and print it, this once.",
    (command) =>
      command
        .option(...projectOption)
        .option("--decoy <name>", "the decoy that its reports are about; default each report may name one"),
    async ([name = ""], { project, decoy }) => {
      const { client, path } = await openProject(context, project);
      const input = { name, ...(decoy !== undefined && { decoy }) };
      const answer = (await client.send("POST", path("alarm-hooks"), input)) as AlarmHookAnswer & { url: string };
      return { json: answer, text: `${answer.url}\n` };
    },
  );

const list = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "alarm-hook list",
    "list",
    "List the addresses; never a token.",
    (command) => command.option(...projectOption),
    async (_, { project }) => {
      const { client, path } = await openProject(context, project);
      const answer = (await client.get(path("alarm-hooks"))) as { hooks: readonly AlarmHookAnswer[] };
      const rows = answer.hooks.map(({ name, decoy, createdAtMs }) => [name, decoy ?? "any", toTime(createdAtMs)]);
      return {
        json: answer,
        text: toTable(context.paint, ["NAME", "DECOY", "SINCE (UTC)"], rows, "No address yet."),
      };
    },
  );

const remove = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "alarm-hook remove",
    "remove <name>",
    "Take an address out of use.",
    (command) => command.option(...projectOption),
    async ([name = ""], { project }) => {
      const { client, path } = await openProject(context, project);
      await client.send("DELETE", path("alarm-hooks", name));
      return { json: { removed: name }, text: `Removed the hook ${name}.\n` };
    },
  );
