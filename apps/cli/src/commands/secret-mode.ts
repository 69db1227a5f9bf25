import type { Command } from "commander";
import type { SecretAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure } from "../cli-failure.ts";
import { defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { readHidden } from "../hidden-input.ts";
import { refuseValueArguments, withoutValueArguments } from "../refuse-value-arguments.ts";
import { findSecret, secretOutcome } from "./secret-answer.ts";

/** How a secret may be used. */
export const secretModes: readonly string[] = ["delivered", "brokered", "by-verdict"];

interface ModeOptions extends ProjectOption {
  readonly keepExposedValue?: true;
}

/** `countersign secret set-mode`: running apps follow with their next session. */
export const setMode = (context: CliContext): Command =>
  defineCommand<ModeOptions>(
    context,
    "secret set-mode",
    "set-mode <name> <mode>",
    "Deliver a secret to apps, broker it, or decide by verdict. To brokered a new value is read where devices had it, unless the exposed one is kept.",
    (command) =>
      withoutValueArguments(command)
        .option(...projectOption)
        .option("--keep-exposed-value", "keep the value that devices were given"),
    async (args, options) => {
      const [name = "", mode = ""] = refuseValueArguments(args, 2);
      if (!secretModes.includes(mode)) {
        throw new CliFailure("mode_unknown", "The mode is `delivered`, `brokered` or `by-verdict`.");
      }
      const { client, path } = await openProject(context, options.project);
      const held = await findSecret(client, path, name);
      if (held === undefined) {
        throw new CliFailure(
          "not_found",
          "There is no such secret in this project. `countersign secret list` shows those there are.",
        );
      }
      // What is minted from the value went out, not the value.
      const closing = held.recipe === null && held.mode !== "brokered" && mode === "brokered";
      const change = options.keepExposedValue
        ? { keepExposedValue: true }
        : closing && { value: await readHidden(context.io, "secret's new value (devices know the present one)") };
      const answer = await client.send("POST", path("secrets", name, "mode"), { mode, ...change });
      return secretOutcome(context.paint, answer as SecretAnswer);
    },
  );
