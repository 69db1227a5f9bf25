import type { Command } from "commander";
import type { CliContext } from "../cli-context.ts";
import { dataFolder } from "../config-folder.ts";
import { createGroup, defineCommand } from "../define-command.ts";
import { readHidden } from "../hidden-input.ts";
import { refuseValueArguments, withoutValueArguments } from "../refuse-value-arguments.ts";

interface DataOption {
  readonly data?: string;
}

const dataOption = ["--data <folder>", "data folder; default COUNTERSIGN_DATA, else ./.countersign"] as const;

/** `countersign keys …`: everything that is needed to bring the service back, in one encrypted file. */
export function keysCommand(context: CliContext): Command {
  return createGroup("keys", "Backup of keys and record.", [backup(context), restore(context)]);
}

const backup = (context: CliContext): Command =>
  defineCommand<DataOption>(
    context,
    "keys backup",
    "backup <file>",
    "Write an encrypted archive of keys and record. The passphrase is read from standard input, or asked for.",
    (command) => withoutValueArguments(command).option(...dataOption),
    async (args, options) => {
      const [out = ""] = refuseValueArguments(args, 1);
      const { backupKeys } = await import("@countersign/server");
      const passphrase = await readHidden(context.io, "passphrase");
      const { files } = await backupKeys({ folder: dataFolder(context.io, options.data), out, passphrase });
      return {
        json: { file: out, files },
        text: `Wrote ${out}: ${files.join(", ")}. Without the passphrase it is worth nothing.\n`,
      };
    },
  );

const restore = (context: CliContext): Command =>
  defineCommand<DataOption>(
    context,
    "keys restore",
    "restore <file>",
    "Fill a new data folder from an archive. The passphrase is read from standard input, or asked for.",
    (command) => withoutValueArguments(command).option(...dataOption),
    async (args, options) => {
      const [from = ""] = refuseValueArguments(args, 1);
      const { restoreKeys } = await import("@countersign/server");
      const passphrase = await readHidden(context.io, "passphrase");
      const folder = dataFolder(context.io, options.data);
      const { files } = await restoreKeys({ folder, from, passphrase });
      return { json: { folder, files }, text: `Restored ${folder}: ${files.join(", ")}.\n` };
    },
  );
