import type { Command } from "commander";
import type { OauthClientAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { collect, createGroup, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { toFields, toTable } from "../table.ts";

interface AddOptions extends ProjectOption {
  readonly app?: readonly string[];
}

/** `countersign oauth-client …` */
export function oauthClientCommand(context: CliContext): Command {
  return createGroup("oauth-client", "OAuth clients that genuine installations are attested as.", [
    add(context),
    list(context),
    remove(context),
  ]);
}

const add = (context: CliContext): Command =>
  defineCommand<AddOptions>(
    context,
    "oauth-client add",
    "add <client-id>",
    "Attest genuine installations as an OAuth client, in place of what was said of it before.",
    (command) =>
      command
        .option(...projectOption)
        .option("--app <app>", "whose installations alone; may be given several times; default every app", collect),
    async ([clientId = ""], { project, app }) => {
      const { client, path } = await openProject(context, project);
      const input = { clientId, ...(app && { apps: app }) };
      const answer = (await client.send("PUT", path("oauth-clients"), input)) as OauthClientAnswer;
      const fields = [
        ["client", answer.clientId],
        ["apps", answer.apps?.join(", ") ?? "every app"],
      ] as const;
      return { json: answer, text: toFields(context.paint, fields) };
    },
  );

const list = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "oauth-client list",
    "list",
    "List the OAuth clients.",
    (command) => command.option(...projectOption),
    async (_, options) => {
      const { client, path } = await openProject(context, options.project);
      const answer = (await client.get(path("oauth-clients"))) as { clients: readonly OauthClientAnswer[] };
      const rows = answer.clients.map(({ clientId, apps }) => [clientId, apps?.join(", ") ?? "every app"]);
      return { json: answer, text: toTable(context.paint, ["CLIENT", "APPS"], rows, "No OAuth client yet.") };
    },
  );

const remove = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "oauth-client remove",
    "remove <client-id>",
    "Attest nobody as this client from now on; attestations that are out end within five minutes.",
    (command) => command.option(...projectOption),
    async ([clientId = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      await client.send("DELETE", `${path("oauth-clients")}?clientId=${encodeURIComponent(clientId)}`);
      return { json: { removed: clientId }, text: `Removed the OAuth client ${clientId}.\n` };
    },
  );
