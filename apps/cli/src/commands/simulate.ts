import type { Command } from "commander";
import type { CliContext } from "../cli-context.ts";
import { CliFailure, type ExitCode } from "../cli-failure.ts";
import { defineCommand } from "../define-command.ts";
import { type ProjectOption, projectOption } from "../find-project.ts";
import { readJsonFile } from "../read-input-file.ts";
import { runSimulation } from "../run-simulation.ts";

/** `countersign simulate`: any change, as the admin API takes it. */
export const simulateCommand = (context: CliContext, exit: (code: ExitCode) => void): Command =>
  defineCommand<ProjectOption>(
    context,
    "simulate",
    "simulate <file>",
    "Say which installed versions a change would lock out, described in a JSON file. Changes nothing.",
    (command) => command.option(...projectOption),
    async ([file = ""], options) => {
      const change = readJsonFile(file);
      if (typeof change !== "object" || change === null || Array.isArray(change)) {
        throw new CliFailure("file_invalid", "The file does not hold a JSON object. docs/admin-api.md has its form.");
      }
      return runSimulation(context, exit, options.project, change);
    },
  );
