import { existsSync } from "node:fs";
import type { Command } from "commander";
import type { CliContext } from "../cli-context.ts";
import { CliFailure } from "../cli-failure.ts";
import { dataFolder } from "../config-folder.ts";
import { createGroup, defineCommand } from "../define-command.ts";
import { toTime } from "../table.ts";

/** `countersign admin bootstrap`: for the owner of the data folder, with the service stopped. */
export function adminCommand(context: CliContext): Command {
  const bootstrap = defineCommand<{ data?: string; databaseUrl?: string }>(
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
  return createGroup("admin", "Administrators.", [bootstrap]);
}
