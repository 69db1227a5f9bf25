import type { Command } from "commander";
import type { VerifierAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { createGroup, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { toTable, toTime } from "../table.ts";

interface AddOptions extends ProjectOption {
  readonly api?: string;
}

/** `countersign verifier …` */
export function verifierCommand(context: CliContext): Command {
  return createGroup("verifier", "Credentials of backends, to consume tokens and to report their traffic.", [
    add(context),
    list(context),
    remove(context),
  ]);
}

const add = (context: CliContext): Command =>
  defineCommand<AddOptions>(
    context,
    "verifier add",
    "add <name>",
    "Make a credential for a backend and print it, this once.",
    (command) =>
      command
        .option(...projectOption)
        .option("--api <id>", "the one API it speaks for; default every API of the project"),
    async ([name = ""], { project, api }) => {
      const { client, path } = await openProject(context, project);
      const input = { name, ...(api !== undefined && { api }) };
      const answer = (await client.send("POST", path("verifiers"), input)) as VerifierAnswer & { credential: string };
      return { json: answer, text: `${answer.credential}\n` };
    },
  );

const list = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "verifier list",
    "list",
    "List the credentials of backends; never a credential itself.",
    (command) => command.option(...projectOption),
    async (_, { project }) => {
      const { client, path } = await openProject(context, project);
      const answer = (await client.get(path("verifiers"))) as { verifiers: readonly VerifierAnswer[] };
      const rows = answer.verifiers.map(({ name, api, createdAtMs }) => [
        name,
        api ?? "every API",
        toTime(createdAtMs),
      ]);
      return { json: answer, text: toTable(context.paint, ["NAME", "API", "SINCE (UTC)"], rows, "No verifier yet.") };
    },
  );

const remove = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "verifier remove",
    "remove <name>",
    "Take a backend's credential out of use.",
    (command) => command.option(...projectOption),
    async ([name = ""], { project }) => {
      const { client, path } = await openProject(context, project);
      await client.send("DELETE", path("verifiers", name));
      return { json: { removed: name }, text: `Removed the verifier ${name}.\n` };
    },
  );
