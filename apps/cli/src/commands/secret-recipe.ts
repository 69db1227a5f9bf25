import type { Command } from "commander";
import type { MintTestAnswer, SecretAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure, type ExitCode } from "../cli-failure.ts";
import { defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { readHidden } from "../hidden-input.ts";
import { parseInputJson, readJsonFile } from "../read-input-file.ts";
import { refuseValueArguments, withoutValueArguments } from "../refuse-value-arguments.ts";
import { toFields } from "../table.ts";
import { findSecret, secretOutcome } from "./secret-answer.ts";

interface RecipeOptions extends ProjectOption {
  readonly file?: string;
  readonly none?: true;
  readonly newValue?: true;
}

const standardInput = "-";

/** `countersign secret set-recipe`: whether a new value is read follows from what the present one was used for. */
export const setRecipe = (context: CliContext): Command =>
  defineCommand<RecipeOptions>(
    context,
    "secret set-recipe",
    "set-recipe <name>",
    "Mint short-lived values of a secret from its own, which then never leaves the service. A new value is read where devices have the present one, or where a root is to be used itself.",
    (command) =>
      withoutValueArguments(command)
        .option(...projectOption)
        .option("--file <file>", "JSON file: the recipe, as the admin API has it; `-` for standard input")
        .option("--none", "the secret's own value is used again")
        .option("--new-value", "read a new value in any case"),
    async (args, options) => {
      const [name = ""] = refuseValueArguments(args, 1);
      const { file, none, newValue } = options;
      if ((file === undefined) === (none === undefined)) {
        throw new CliFailure("recipe_missing", "Name a file, --file FILE, or take the recipe away, --none.");
      }
      const { client, path } = await openProject(context, options.project);
      const held = await findSecret(client, path, name);
      if (held === undefined) {
        throw new CliFailure(
          "not_found",
          "There is no such secret in this project. `countersign secret list` shows those there are.",
        );
      }
      const isOut = held.recipe === null && held.mode !== "brokered";
      const demands = newValue === true || (none ? held.recipe !== null : isOut);
      if (demands && file === standardInput) {
        throw new CliFailure("value_missing", "Standard input is for the new value; name a file for the recipe.");
      }
      const recipe = file === undefined ? null : await readRecipe(context, file);
      const value = demands ? await readHidden(context.io, "secret's new value") : undefined;
      const answer = await client.send("PUT", path("secrets", name, "recipe"), {
        recipe,
        ...(value !== undefined && { value }),
      });
      return secretOutcome(context.paint, answer as SecretAnswer);
    },
  );

/** The recipe in a file, or on standard input. */
async function readRecipe(context: CliContext, file: string): Promise<unknown> {
  if (file !== standardInput) return readJsonFile(file);
  return parseInputJson("The recipe on standard input", await readHidden(context.io, "recipe"));
}

/** `countersign secret mint-test`. Ends with 1 where nothing was minted. */
export const mintTest = (context: CliContext, exit: (code: ExitCode) => void): Command =>
  defineCommand<ProjectOption>(
    context,
    "secret mint-test",
    "mint-test <name>",
    "Mint a value of a recipe once and drop it: whether it works, how long values live, and a fingerprint; never the value.",
    (command) => command.option(...projectOption),
    async ([name = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      const tested = (await client.send("POST", path("secrets", name, "mint-test"))) as MintTestAnswer;
      if (!tested.ok) exit(1);
      const { ok, kind, lifetimeSeconds = null, fingerprint = null, reason = null } = tested;
      const text = toFields(context.paint, [
        ["minted", ok ? "yes" : "no"],
        ["recipe", kind],
        ...(reason === null
          ? [["lives", `${lifetimeSeconds} s`] as const, ["fingerprint", fingerprint ?? ""] as const]
          : [["reason", reason] as const]),
      ]);
      return { json: { ok, kind, lifetimeSeconds, fingerprint, reason }, text };
    },
  );
