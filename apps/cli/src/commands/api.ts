import type { Command } from "commander";
import type { ApiAnswer, KeyAnswer } from "../answers.ts";
import { type ApiOptions, apiOptions, toApiInput } from "../api-options.ts";
import { toApiOutcome } from "../api-text.ts";
import type { CliContext } from "../cli-context.ts";
import type { ExitCode } from "../cli-failure.ts";
import { createGroup, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { toTable } from "../table.ts";
import { apiCheckCommand } from "./api-check.ts";
import { apiProposeCommand, runProposal } from "./api-propose.ts";
import { apiSetCommand } from "./api-set.ts";
import { apiSimulateCommand } from "./api-simulate.ts";
import { apiTrafficCommand } from "./api-traffic.ts";

interface AddOptions extends ProjectOption, ApiOptions {
  readonly host: string;
  readonly replace?: true;
  readonly propose?: true;
}

/** `countersign api …` */
export function apiCommand(context: CliContext, exit: (code: ExitCode) => void): Command {
  return createGroup("api", "Protected APIs: the hosts an app talks to.", [
    add(context, exit),
    list(context),
    show(context),
    apiSetCommand(context),
    remove(context),
    apiProposeCommand(context, exit),
    apiCheckCommand(context, exit),
    apiSimulateCommand(context, exit),
    apiTrafficCommand(context),
  ]);
}

const add = (context: CliContext, exit: (code: ExitCode) => void): Command =>
  defineCommand<AddOptions>(
    context,
    "api add",
    "add <id>",
    "Add a protected API.",
    (command) =>
      apiOptions(
        command.option(...projectOption).requiredOption("--host <host>", "host name, or IP address, without scheme"),
      )
        .option("--replace", "replace an API that is there")
        .option("--propose", "look at the host's live chain and propose; adds nothing, see api propose"),
    async ([id = ""], options) => {
      if (options.propose) return runProposal(context, exit, options.host, toProposeOptions(id, options));
      const input = toApiInput(options.host, options);
      const opened = await openProject(context, options.project);
      const { client, path } = opened;
      const answer = options.replace
        ? await client.send("PUT", path("apis", id), input)
        : await client.send("POST", path("apis"), { id, ...input });
      const next = options.replace ? await nextStep(opened, answer as ApiAnswer) : null;
      return toApiOutcome(context.paint, answer as ApiAnswer, next);
    },
  );

/** What is left to do where an API is to be signed for with a secret that waits; null where nothing is. */
async function nextStep(
  { client, path }: Awaited<ReturnType<typeof openProject>>,
  api: ApiAnswer,
): Promise<string | null> {
  if (api.token?.alg !== "HS256") return null;
  const { keys } = (await client.get(path("token-keys"))) as { readonly keys: readonly KeyAnswer[] };
  const own = keys.filter((key) => key.api === api.id);
  const signing = own.find(({ state }) => state === "signing");
  const staged = own.find(
    ({ state, alg, activeFromMs }) => state === "staged" && alg === "HS256" && activeFromMs === null,
  );
  if (staged === undefined || signing === undefined || signing.alg === "HS256") return null;
  const kid = staged.kid.startsWith("-") ? `-- ${staged.kid}` : staged.kid;
  return `${signing.alg} signs until backends have the secret: countersign key export --reveal ${kid}, then countersign key activate ${kid}`;
}

const list = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "api list",
    "list",
    "List the protected APIs.",
    (command) => command.option(...projectOption),
    async (_, options) => {
      const { client, path } = await openProject(context, options.project);
      const answer = (await client.get(path("apis"))) as { apis: readonly ApiAnswer[] };
      const rows = answer.apis.map(({ id, host, port, channel, token, links }) => [
        id,
        `${host}:${port}`,
        channel,
        token?.header ?? "-",
        links?.to.map(({ api }) => api).join(", ") ?? "-",
      ]);
      return {
        json: answer,
        text: toTable(context.paint, ["ID", "ADDRESS", "CHANNEL", "TOKEN HEADER", "LINKS TO"], rows, "No API yet."),
      };
    },
  );

const show = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "api show",
    "show <id>",
    "Show a protected API.",
    (command) => command.option(...projectOption),
    async ([id = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      return toApiOutcome(context.paint, (await client.get(path("apis", id))) as ApiAnswer);
    },
  );

const remove = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "api remove",
    "remove <id>",
    "Remove a protected API that no secret's place names.",
    (command) => command.option(...projectOption),
    async ([id = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      await client.send("DELETE", path("apis", id));
      return { json: { removed: id }, text: `Removed the API ${id}.\n` };
    },
  );

/** Roots that are named count as ones that devices trust. */
function toProposeOptions(id: string, { port, root }: AddOptions): Parameters<typeof runProposal>[3] {
  return { id, ...(port !== undefined && { port }), ...(root && { ca: root }) };
}
