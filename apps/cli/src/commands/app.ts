import { type Command, Option } from "commander";
import type { AppAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure, type ExitCode } from "../cli-failure.ts";
import { collect, createGroup, defineCommand, type Outcome } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import type { Paint } from "../paint.ts";
import { toFields, toTable } from "../table.ts";
import { inspectCommand } from "./app-inspect.ts";
import { registerCommand } from "./app-register.ts";
import { appVersionsCommand } from "./app-versions.ts";

interface AddOptions extends ProjectOption {
  readonly ios?: readonly string[];
  readonly android?: string;
  readonly signingDigest?: readonly string[];
  readonly web?: readonly string[];
  readonly releases?: string;
  readonly replace?: true;
}

/** `countersign app …` */
export function appCommand(context: CliContext, exit: (code: ExitCode) => void): Command {
  return createGroup("app", "Apps: which builds are genuine.", [
    inspectCommand(context, exit),
    registerCommand(context),
    add(context),
    list(context),
    show(context),
    remove(context),
    appVersionsCommand(context),
  ]);
}

const add = (context: CliContext): Command =>
  defineCommand<AddOptions>(
    context,
    "app add",
    "add <id>",
    "Register an app by its platforms' identities.",
    (command) =>
      command
        .option(...projectOption)
        .option("--ios <app-id>", "App ID, TEAMID.bundle.id; may be given several times", collect)
        .option("--android <package>", "package name")
        .option("--signing-digest <sha256>", "of the signing certificate, hex; may be given several times", collect)
        .option("--web <origin>", "origin of the web app; may be given several times", collect)
        .addOption(
          new Option("--releases <mode>", "which versions count: any, or current listed ones alone").choices([
            "any",
            "listed",
          ]),
        )
        .option("--replace", "replace the identities of an app that is registered"),
    async ([id = ""], options) => {
      const input = toInput(options);
      const { client, path } = await openProject(context, options.project);
      const answer = options.replace
        ? await client.send("PUT", path("apps", id), input)
        : await client.send("POST", path("apps"), { id, ...input });
      return toOutcome(context.paint, answer as AppAnswer);
    },
  );

const list = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "app list",
    "list",
    "List the apps.",
    (command) => command.option(...projectOption),
    async (_, options) => {
      const { client, path } = await openProject(context, options.project);
      const answer = (await client.get(path("apps"))) as { apps: readonly AppAnswer[] };
      const rows = answer.apps.map(({ id, ios, android, web }) => [
        id,
        ios?.appIds.join(", ") ?? "-",
        android?.packageName ?? "-",
        web?.origins.join(", ") ?? "-",
      ]);
      return { json: answer, text: toTable(context.paint, ["ID", "IOS", "ANDROID", "WEB"], rows, "No app yet.") };
    },
  );

const show = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "app show",
    "show <id>",
    "Show an app.",
    (command) => command.option(...projectOption),
    async ([id = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      return toOutcome(context.paint, (await client.get(path("apps", id))) as AppAnswer);
    },
  );

const remove = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "app remove",
    "remove <id>",
    "Remove an app; its installations get nothing from their next statement on.",
    (command) => command.option(...projectOption),
    async ([id = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      await client.send("DELETE", path("apps", id));
      return { json: { removed: id }, text: `Removed the app ${id}.\n` };
    },
  );

function toInput({ ios, android, signingDigest, web, releases }: AddOptions): object {
  if (ios === undefined && android === undefined && web === undefined) {
    throw new CliFailure(
      "platform_missing",
      "Name at least one platform: --ios APP-ID, --android PACKAGE with --signing-digest, or --web ORIGIN.",
    );
  }
  if ((android === undefined) !== (signingDigest === undefined)) {
    throw new CliFailure(
      "platform_incomplete",
      "An Android app needs both --android PACKAGE and --signing-digest SHA256.",
    );
  }
  return {
    ...(ios && { ios: { appIds: ios } }),
    ...(android !== undefined && { android: { packageName: android, signingDigests: signingDigest } }),
    ...(web && { web: { origins: web } }),
    ...(releases !== undefined && { releases }),
  };
}

function toOutcome(paint: Paint, app: AppAnswer): Outcome {
  const text = toFields(paint, [
    ["id", app.id],
    ["ios", app.ios?.appIds.join(", ") ?? "-"],
    ["android", app.android?.packageName ?? "-"],
    ["signing digests", app.android?.signingDigests.join(", ") ?? "-"],
    ["web", app.web?.origins.join(", ") ?? "-"],
    ["releases", app.releases],
  ]);
  return { json: app, text };
}
