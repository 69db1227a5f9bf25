import type { Command } from "commander";
import type { BrokerAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { createGroup, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { toTable, toTime } from "../table.ts";
import { brokerRunCommand } from "./broker-run.ts";

interface AddOptions extends ProjectOption {
  readonly origin?: string;
}

/** `countersign broker …` */
export function brokerCommand(context: CliContext): Command {
  return createGroup("broker", "Brokers that stand alone: secrets used on a machine of their own.", [
    add(context),
    list(context),
    use(context),
    remove(context),
    brokerRunCommand(context),
  ]);
}

const add = (context: CliContext): Command =>
  defineCommand<AddOptions>(
    context,
    "broker add",
    "add <name>",
    "Make a credential for a broker and print it, this once.",
    (command) =>
      command
        .option(...projectOption)
        .option("--origin <url>", "where agents reach it, https://HOST[:PORT]; they are sent there by `broker use`"),
    async ([name = ""], { project, origin }) => {
      const { client, path } = await openProject(context, project);
      const input = { name, ...(origin !== undefined && { origin }) };
      const answer = (await client.send("POST", path("brokers"), input)) as BrokerAnswer & { credential: string };
      return { json: answer, text: `${answer.credential}\n` };
    },
  );

const list = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "broker list",
    "list",
    "List the brokers that stand alone; never a credential itself.",
    (command) => command.option(...projectOption),
    async (_, { project }) => {
      const { client, path } = await openProject(context, project);
      const answer = (await client.get(path("brokers"))) as { brokers: readonly BrokerAnswer[] };
      return { json: answer, text: toText(context, answer.brokers) };
    },
  );

const use = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "broker use",
    "use <name>",
    "Send agents' brokered requests to a broker that stands alone, or with `none` to the service.",
    (command) => command.option(...projectOption),
    async ([name = ""], { project }) => {
      const { client, path } = await openProject(context, project);
      const input = { name: name === "none" ? null : name };
      const answer = (await client.send("PUT", path("broker-in-use"), input)) as { brokers: readonly BrokerAnswer[] };
      return { json: answer, text: toText(context, answer.brokers) };
    },
  );

const remove = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "broker remove",
    "remove <name>",
    "Take a broker's credential out of use: it serves nobody from now on.",
    (command) => command.option(...projectOption),
    async ([name = ""], { project }) => {
      const { client, path } = await openProject(context, project);
      await client.send("DELETE", path("brokers", name));
      return { json: { removed: name }, text: `Removed the broker ${name}.\n` };
    },
  );

function toText(context: CliContext, brokers: readonly BrokerAnswer[]): string {
  const rows = brokers.map(({ name, origin, inUse, createdAtMs }) => [
    name,
    origin ?? "-",
    inUse ? "yes" : "no",
    toTime(createdAtMs),
  ]);
  return toTable(context.paint, ["NAME", "ORIGIN", "IN USE", "SINCE (UTC)"], rows, "No broker yet.");
}
