import { existsSync } from "node:fs";
import type { Command } from "commander";
import { type AdminClient, toPath } from "../admin-client.ts";
import type { AdministratorsAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure } from "../cli-failure.ts";
import { dataFolder } from "../config-folder.ts";
import { createGroup, defineCommand } from "../define-command.ts";
import { printable } from "../printable.ts";
import { toTable, toTime } from "../table.ts";

/** `countersign admin …` */
export function adminCommand(context: CliContext): Command {
  return createGroup("admin", "Administrators.", [bootstrap(context), list(context), remove(context)]);
}

/** For the owner of the data folder, with the service stopped. */
const bootstrap = (context: CliContext): Command =>
  defineCommand<{ data?: string; databaseUrl?: string }>(
    context,
    "admin bootstrap",
    "bootstrap",
    "Make a new bootstrap token on the data folder of a stopped service and print it.",
    (command) =>
      command
        .option("--data <folder>", "data folder; default COUNTERSIGN_DATA, else ./.countersign")
        .option("--database-url <url>", "PostgreSQL instead of SQLite; default COUNTERSIGN_DATABASE_URL"),
    async (_, options) => {
      const { createBootstrapToken } = await import("@countersign/server");
      const databaseUrl = options.databaseUrl ?? (context.io.env.COUNTERSIGN_DATABASE_URL || undefined);
      const data = dataFolder(context.io, options.data);
      if (databaseUrl === undefined && !existsSync(data)) {
        throw new CliFailure(
          "data_folder_missing",
          `There is no data folder ${data}. Name the one of the service with --data.`,
        );
      }
      const { token, expiresAtMs } = await createBootstrapToken({
        data,
        ...(databaseUrl !== undefined && { databaseUrl }),
      });
      return {
        json: { token, expiresAtMs },
        text: `${token}\nGood once, until ${toTime(expiresAtMs)} UTC. Use it with \`countersign login --url URL\`.\n`,
      };
    },
  );

const list = (context: CliContext): Command =>
  defineCommand(
    context,
    "admin list",
    "list",
    "List who holds an administrator token.",
    (command) => command,
    async () => {
      const answer = await administratorsOf(context.connect());
      const rows = answer.administrators.map(({ id, name, createdAtMs }) => [id, name, toTime(createdAtMs)]);
      return { json: answer, text: toTable(context.paint, ["ID", "NAME", "SINCE (UTC)"], rows, "Nobody.") };
    },
  );

const remove = (context: CliContext): Command =>
  defineCommand(
    context,
    "admin remove",
    "remove <administrator>",
    "Take an administrator's token out of use, named by id or name. The last one stays.",
    (command) => command,
    async ([wanted = ""]) => {
      const client = context.connect();
      const { administrators } = await administratorsOf(client);
      const named = administrators.filter(({ name }) => name === wanted);
      if (named.length > 1) {
        throw new CliFailure(
          "administrator_ambiguous",
          "Several administrators have this name. Name one by its id: `countersign admin list`.",
        );
      }
      const removed = administrators.find(({ id }) => id === wanted)?.id ?? named[0]?.id ?? wanted;
      await client.send("DELETE", toPath("administrators", removed));
      return { json: { removed }, text: `Removed ${printable(removed)}.\n` };
    },
  );

async function administratorsOf(client: AdminClient): Promise<AdministratorsAnswer> {
  return (await client.get(toPath("administrators"))) as AdministratorsAnswer;
}
