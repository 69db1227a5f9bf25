import { type Command, Option } from "commander";
import type { ApiAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure } from "../cli-failure.ts";
import { collect, createGroup, defineCommand, type Outcome } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import type { Paint } from "../paint.ts";
import { readInputFile } from "../read-input-file.ts";
import { splitPems } from "../split-pems.ts";
import { toFields, toTable } from "../table.ts";
import { wholeNumber } from "../whole-number.ts";

interface AddOptions extends ProjectOption {
  readonly host: string;
  readonly port?: number;
  readonly channel?: string;
  readonly pin?: readonly string[];
  readonly root?: readonly string[];
  readonly tokenHeader?: string;
  readonly tokenPrefix?: string;
  readonly tokenBind?: readonly string[];
  readonly tokenSeconds?: number;
  readonly whenUnavailable?: string;
  readonly replace?: true;
}

/** `countersign api …` */
export function apiCommand(context: CliContext): Command {
  return createGroup("api", "Protected APIs: the hosts an app talks to.", [
    add(context),
    list(context),
    show(context),
    remove(context),
  ]);
}

const add = (context: CliContext): Command =>
  defineCommand<AddOptions>(
    context,
    "api add",
    "add <id>",
    "Add a protected API.",
    (command) =>
      command
        .option(...projectOption)
        .requiredOption("--host <host>", "host name, or IP address, without scheme")
        .option("--port <port>", "default 443", wholeNumber)
        .addOption(
          new Option(
            "--channel <channel>",
            "how the host proves itself; default by what is given: pins, roots, both, else system",
          ).choices(["pins", "roots", "both", "system"]),
        )
        .option("--pin <sha256>", "SHA-256 of a public key (SPKI), base64; two or more", collect)
        .option("--root <file>", "PEM file of a root certificate; may be given several times", collect)
        .option("--token-header <name>", "header for the API's token")
        .option("--token-prefix <text>", "text before the token, such as `Bearer `")
        .option("--token-bind <header>", "header the token is bound to; may be given several times", collect)
        .option("--token-seconds <n>", "lifetime of a token, 30 to 300", wholeNumber)
        .addOption(
          new Option("--when-unavailable <rule>", "without a session: fail, or proceed without token").choices([
            "fail",
            "proceed",
          ]),
        )
        .option("--replace", "replace an API that is there"),
    async ([id = ""], options) => {
      const input = toInput(options);
      const { client, path } = await openProject(context, options.project);
      const answer = options.replace
        ? await client.send("PUT", path("apis", id), input)
        : await client.send("POST", path("apis"), { id, ...input });
      return toOutcome(context.paint, answer as ApiAnswer);
    },
  );

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
      const rows = answer.apis.map(({ id, host, port, channel, token }) => [
        id,
        `${host}:${port}`,
        channel,
        token?.header ?? "-",
      ]);
      return {
        json: answer,
        text: toTable(context.paint, ["ID", "ADDRESS", "CHANNEL", "TOKEN HEADER"], rows, "No API yet."),
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
      return toOutcome(context.paint, (await client.get(path("apis", id))) as ApiAnswer);
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

function toInput(options: AddOptions): object {
  const roots = options.root?.flatMap((file) => splitPems(file, readInputFile(file)));
  const { host, port, pin, tokenHeader, tokenPrefix, tokenBind, tokenSeconds, whenUnavailable } = options;
  if (tokenHeader === undefined && (tokenPrefix !== undefined || tokenBind !== undefined)) {
    throw new CliFailure("token_header_missing", "--token-prefix and --token-bind need --token-header.");
  }
  return {
    host,
    channel: options.channel ?? channelOf(pin !== undefined, roots !== undefined),
    ...(port !== undefined && { port }),
    ...(pin && { pins: pin }),
    ...(roots && { roots }),
    ...(tokenHeader !== undefined && {
      token: {
        header: tokenHeader,
        ...(tokenPrefix !== undefined && { prefix: tokenPrefix }),
        ...(tokenBind && { bind: tokenBind }),
      },
    }),
    ...(tokenSeconds !== undefined && { tokenSeconds }),
    ...(whenUnavailable !== undefined && { whenUnavailable }),
  };
}

function channelOf(pins: boolean, roots: boolean): string {
  if (pins) return roots ? "both" : "pins";
  return roots ? "roots" : "system";
}

function toOutcome(paint: Paint, api: ApiAnswer): Outcome {
  const { token } = api;
  const text = toFields(paint, [
    ["id", api.id],
    ["address", `https://${api.host}:${api.port}`],
    ["channel", api.channel],
    ["pins", api.pins.join(", ") || "-"],
    ["roots", api.roots.length === 0 ? "-" : String(api.roots.length)],
    ["token", token === null ? "-" : `${token.header}: ${token.prefix}… for ${api.tokenSeconds} s`],
    ["without session", api.whenUnavailable],
  ]);
  return { json: api, text };
}
