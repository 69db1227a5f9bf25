import type { Command } from "commander";
import type { DecoyAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure } from "../cli-failure.ts";
import { createGroup, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { readHidden } from "../hidden-input.ts";
import { refuseValueArguments, withoutValueArguments } from "../refuse-value-arguments.ts";
import { toTable, toTime } from "../table.ts";

interface AddOptions extends ProjectOption {
  readonly note?: string;
  readonly like?: string;
  readonly valueStdin?: true;
}

/** `countersign decoy …` */
export function decoyCommand(context: CliContext): Command {
  return createGroup("decoy", "Decoy secrets: planted values whose use raises an alarm.", [
    add(context),
    list(context),
    remove(context),
  ]);
}

const add = (context: CliContext): Command =>
  defineCommand<AddOptions>(
    context,
    "decoy add",
    "add <name>",
    "Make a value that nobody has a use for and print it, this once, to be planted.",
    (command) =>
      withoutValueArguments(command)
        .option(...projectOption)
        .option("--note <text>", "where it will be planted")
        .option("--like <template>", "its form, for example `sk_live_{alnum*24}`; default {alnum*40}")
        .option("--value-stdin", "take a value of your own from standard input"),
    async (args, { project, note, like, valueStdin }) => {
      const [name = ""] = refuseValueArguments(args, 1);
      if (valueStdin === true && like !== undefined)
        throw new CliFailure("option_malformed", "Give --like or --value-stdin, not both.");
      const { client, path } = await openProject(context, project);
      const value = valueStdin === true ? await readHidden(context.io, "value") : undefined;
      const input = {
        name,
        ...(note !== undefined && { note }),
        ...(like !== undefined && { like }),
        ...(value !== undefined && { value }),
      };
      const answer = (await client.send("POST", path("decoys"), input)) as DecoyAnswer & { value: string };
      return { json: answer, text: `${answer.value}\n` };
    },
  );

const list = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "decoy list",
    "list",
    "List the decoys; never a value.",
    (command) => command.option(...projectOption),
    async (_, { project }) => {
      const { client, path } = await openProject(context, project);
      const answer = (await client.get(path("decoys"))) as { decoys: readonly DecoyAnswer[] };
      const rows = answer.decoys.map(({ name, length, createdAtMs, note }) => [
        name,
        String(length),
        toTime(createdAtMs),
        note === "" ? "-" : note,
      ]);
      const heads = ["NAME", "LENGTH", "SINCE (UTC)", "NOTE"];
      return { json: answer, text: toTable(context.paint, heads, rows, "No decoy yet.") };
    },
  );

const remove = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "decoy remove",
    "remove <name>",
    "Take a decoy out of use; alarms that it raised stay.",
    (command) => command.option(...projectOption),
    async ([name = ""], { project }) => {
      const { client, path } = await openProject(context, project);
      await client.send("DELETE", path("decoys", name));
      return { json: { removed: name }, text: `Removed the decoy ${name}.\n` };
    },
  );
