import type { Command } from "commander";
import { type ApiOptions, apiOptions, toApiInput } from "../api-options.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure, type ExitCode } from "../cli-failure.ts";
import { defineCommand } from "../define-command.ts";
import { type ProjectOption, projectOption } from "../find-project.ts";
import { runSimulation } from "../run-simulation.ts";

interface SimulateOptions extends ProjectOption, ApiOptions {
  readonly host?: string;
  readonly remove?: true;
}

/** `countersign api simulate`: changes nothing. Ends with 1 where a version would be locked out, or something cannot be told. */
export const apiSimulateCommand = (context: CliContext, exit: (code: ExitCode) => void): Command =>
  defineCommand<SimulateOptions>(
    context,
    "api simulate",
    "simulate <id>",
    "Say which installed versions an API, added or replaced like this, would lock out. Changes nothing.",
    (command) =>
      apiOptions(
        command
          .option(...projectOption)
          .option("--remove", "simulate that the API is removed")
          .option("--host <host>", "host name, or IP address, without scheme; needed but with --remove"),
      ),
    async ([id = ""], options) => {
      const change = options.remove
        ? { change: "api.remove", id }
        : { change: "api.put", id, api: toApiInput(hostOf(options), options) };
      return runSimulation(context, exit, options.project, change);
    },
  );

function hostOf({ host }: SimulateOptions): string {
  if (host === undefined) throw new CliFailure("host_missing", "Name the host: --host HOST, or --remove.");
  return host;
}
