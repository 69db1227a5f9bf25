import { type Command, Option } from "commander";
import type { SecretAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure, type ExitCode } from "../cli-failure.ts";
import { collect, createGroup, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { readHidden } from "../hidden-input.ts";
import { parsePlaceText, readPlacesFile } from "../place-text.ts";
import { readJsonFile } from "../read-input-file.ts";
import { refuseValueArguments, withoutValueArguments } from "../refuse-value-arguments.ts";
import { toTable, toTime } from "../table.ts";
import { findSecret, secretOutcome } from "./secret-answer.ts";
import { secretModes, setMode } from "./secret-mode.ts";
import { mintTest, setRecipe } from "./secret-recipe.ts";

interface SetOptions extends ProjectOption {
  readonly place?: readonly string[];
  readonly places?: string;
  readonly mode?: string;
  readonly app?: readonly string[];
  readonly recipe?: string;
}

interface CanaryOptions extends ProjectOption {
  readonly derived?: true;
}

interface TermsOptions extends ProjectOption {
  readonly terms?: string;
  readonly none?: true;
}

/** `countersign secret …` */
export function secretCommand(context: CliContext, exit: (code: ExitCode) => void): Command {
  return createGroup("secret", "Runtime secrets. Values come from standard input or a prompt.", [
    set(context),
    list(context),
    rotate(context),
    setMode(context),
    setCanary(context),
    setTerms(context),
    setRecipe(context),
    mintTest(context, exit),
    remove(context),
  ]);
}

const set = (context: CliContext): Command =>
  defineCommand<SetOptions>(
    context,
    "secret set",
    "set <name>",
    "Set a secret. The value is read from standard input, or asked for.",
    (command) =>
      withoutValueArguments(command)
        .option(...projectOption)
        .option(
          "--place <place>",
          "api=ID,in=query,name=api_key[,path=/][,methods=GET+POST][,prefix=…][,when=always]; several times",
          collect,
        )
        .option("--places <file>", "JSON file with an array of places")
        .addOption(
          new Option("--mode <mode>", "how it is used (set-mode); default as it is, else delivered").choices([
            ...secretModes,
          ]),
        )
        .option("--app <id>", "an app that may have it; may be given several times; default every app", collect)
        .option("--recipe <file>", "JSON file: values are minted from the one that is read (set-recipe)"),
    async (args, options) => {
      const [name = ""] = refuseValueArguments(args, 1);
      const named = [
        ...(options.place ?? []).map(parsePlaceText),
        ...(options.places === undefined ? [] : readPlacesFile(options.places)),
      ];
      const { client, path } = await openProject(context, options.project);
      const held = named.length > 0 ? undefined : await findSecret(client, path, name);
      const places = held?.places ?? named;
      if (places.length === 0) {
        throw new CliFailure(
          "place_missing",
          "Name where requests may carry the secret: --place api=ID,in=query,name=api_key.",
        );
      }
      const apps = options.app ?? held?.apps ?? undefined;
      const recipe = options.recipe === undefined ? undefined : readJsonFile(options.recipe);
      const value = await readHidden(context.io, "secret's value");
      const answer = await client.send("PUT", path("secrets", name), {
        value,
        places,
        ...(options.mode !== undefined && { mode: options.mode }),
        ...(apps && { apps }),
        ...(recipe !== undefined && { recipe }),
      });
      return secretOutcome(context.paint, answer as SecretAnswer);
    },
  );

const list = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "secret list",
    "list",
    "List the secrets; never a value.",
    (command) => command.option(...projectOption),
    async (_, options) => {
      const { client, path } = await openProject(context, options.project);
      const answer = (await client.get(path("secrets"))) as { secrets: readonly SecretAnswer[] };
      const rows = answer.secrets.map(({ name, version, mode, recipe, placeholder, apps, updatedAtMs }) => [
        name,
        String(version),
        mode,
        recipe?.kind ?? "",
        placeholder,
        apps?.join(", ") ?? "every app",
        toTime(updatedAtMs),
      ]);
      const heading = ["NAME", "VERSION", "MODE", "RECIPE", "PLACEHOLDER", "APPS", "CHANGED (UTC)"];
      return { json: answer, text: toTable(context.paint, heading, rows, "No secret yet.") };
    },
  );

const rotate = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "secret rotate",
    "rotate <name>",
    "Give a secret a new value. It is read from standard input, or asked for.",
    (command) => withoutValueArguments(command).option(...projectOption),
    async (args, options) => {
      const [name = ""] = refuseValueArguments(args, 1);
      const { client, path } = await openProject(context, options.project);
      const value = await readHidden(context.io, "secret's new value");
      return secretOutcome(
        context.paint,
        (await client.send("POST", path("secrets", name, "rotate"), { value })) as SecretAnswer,
      );
    },
  );

const setCanary = (context: CliContext): Command =>
  defineCommand<CanaryOptions>(
    context,
    "secret set-canary",
    "set-canary <name>",
    "Set what decoys get in place of a secret. It is read from standard input, or asked for.",
    (command) =>
      withoutValueArguments(command)
        .option(...projectOption)
        .option("--derived", "none of your own again: one of the value's form is derived"),
    async (args, options) => {
      const [name = ""] = refuseValueArguments(args, 1);
      const { client, path } = await openProject(context, options.project);
      const canary = options.derived ? null : await readHidden(context.io, "secret's canary");
      return secretOutcome(
        context.paint,
        (await client.send("PUT", path("secrets", name, "canary"), { canary })) as SecretAnswer,
      );
    },
  );

const setTerms = (context: CliContext): Command =>
  defineCommand<TermsOptions>(
    context,
    "secret set-terms",
    "set-terms <name>",
    "Set what the broker makes of a secret (a MAC over the request) and how often it may be used.",
    (command) =>
      command
        .option(...projectOption)
        .option("--terms <file>", "JSON file: processor and budgets, as the admin API has them")
        .option("--none", "the value goes into its places, without a budget"),
    async ([name = ""], options) => {
      if ((options.terms === undefined) === (options.none === undefined)) {
        throw new CliFailure("terms_missing", "Name a file, --terms FILE, or take the terms away, --none.");
      }
      const { client, path } = await openProject(context, options.project);
      const terms = options.terms === undefined ? null : readJsonFile(options.terms);
      const answer = await client.send("PUT", path("secrets", name, "terms"), { terms });
      return secretOutcome(context.paint, answer as SecretAnswer);
    },
  );

const remove = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "secret remove",
    "remove <name>",
    "Remove a secret.",
    (command) => command.option(...projectOption),
    async ([name = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      await client.send("DELETE", path("secrets", name));
      return { json: { removed: name }, text: `Removed the secret ${name}.\n` };
    },
  );
