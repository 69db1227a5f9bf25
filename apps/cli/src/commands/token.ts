import { type Command, Option } from "commander";
import type { ConsumedAnswer, MintedAnswer, TokenAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure, type ExitCode } from "../cli-failure.ts";
import { collect, createGroup, defineCommand, type Outcome } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { readHidden } from "../hidden-input.ts";
import { toFields } from "../table.ts";
import { wholeNumber } from "../whole-number.ts";
import { renderToken } from "./token-text.ts";

interface InspectOptions extends ProjectOption {
  readonly api?: string;
  readonly bind?: readonly string[];
}

interface ExampleOptions extends ProjectOption {
  readonly type?: string;
  readonly bind?: readonly string[];
}

interface LongLivedOptions extends ProjectOption {
  readonly name: string;
  readonly days: number;
}

/** `countersign token …`. `exit` is told 1 where a token is not good. */
export function tokenCommand(context: CliContext, exit: (code: ExitCode) => void): Command {
  return createGroup("token", "Tokens: look at one, make one to try a backend with, use one up.", [
    inspect(context, exit),
    example(context),
    longLived(context),
    consume(context, exit),
  ]);
}

const bindOption = [
  "--bind <header=value>",
  "value of a header the token is bound to; may be given several times",
  collect,
] as const;

const inspect = (context: CliContext, exit: (code: ExitCode) => void): Command =>
  defineCommand<InspectOptions>(
    context,
    "token inspect",
    "inspect [token]",
    "Judge a token check by check by the service's own keys. It is read from standard input unless given; nothing is spent.",
    (command) =>
      command
        .option(...projectOption)
        .option("--api <id>", "the API it is held against; default the one it is for")
        .option(...bindOption),
    async ([given = "-"], { project, api, bind }) => {
      const token = given === "-" ? await readHidden(context.io, "token") : given;
      const { client, path } = await openProject(context, project);
      const input = { token, ...(api !== undefined && { api }), ...(bind && { headers: toHeaders(bind) }) };
      const answer = (await client.send("POST", path("tokens", "inspect"), input)) as TokenAnswer;
      if (!answer.valid) exit(1);
      return { json: answer, text: renderToken(context.paint, answer) };
    },
  );

const example = (context: CliContext): Command =>
  defineCommand<ExampleOptions>(
    context,
    "token example",
    "example <api>",
    "Mint a token for an hour, to try a backend with.",
    (command) =>
      command
        .option(...projectOption)
        .addOption(
          new Option("--type <type>", "a good one, or one that must be refused; default valid").choices([
            "valid",
            "expired",
            "invalid",
            "wrong-audience",
            "decoy",
          ]),
        )
        .option(...bindOption),
    async ([api = ""], { project, type, bind }) => {
      const { client, path } = await openProject(context, project);
      const input = { ...(type !== undefined && { type }), ...(bind && { headers: toHeaders(bind) }) };
      return toMinted((await client.send("POST", path("apis", api, "tokens", "example"), input)) as MintedAnswer);
    },
  );

const longLived = (context: CliContext): Command =>
  defineCommand<LongLivedOptions>(
    context,
    "token long-lived",
    "long-lived <api>",
    "Mint a token for a caller without an agent. It ends with its time, or with the key that signed it.",
    (command) =>
      command
        .option(...projectOption)
        .requiredOption("--name <name>", "who it is for; kept in the audit")
        .requiredOption("--days <n>", "how long it is good, 1 to 365", wholeNumber),
    async ([api = ""], { project, name, days }) => {
      const { client, path } = await openProject(context, project);
      const input = { name, days };
      return toMinted((await client.send("POST", path("apis", api, "tokens", "long-lived"), input)) as MintedAnswer);
    },
  );

const consume = (context: CliContext, exit: (code: ExitCode) => void): Command =>
  defineCommand<ProjectOption>(
    context,
    "token consume",
    "consume <api>",
    "Use a token up as a backend would. It is read from standard input, or asked for.",
    (command) => command.option(...projectOption),
    async ([api = ""], { project }) => {
      const token = await readHidden(context.io, "token");
      const { client, path } = await openProject(context, project);
      const answer = (await client.send("POST", path("apis", api, "tokens", "consume"), { token })) as ConsumedAnswer;
      if (!answer.ok || answer.alreadyConsumed === true) exit(1);
      const outcome = answer.alreadyConsumed === true ? "consumed before" : "consumed now, and good this once";
      return {
        json: answer,
        text: toFields(context.paint, [["token", answer.ok ? outcome : `refused: ${answer.reason}`]]),
      };
    },
  );

/** The token alone on standard output: made to be piped. */
function toMinted(minted: MintedAnswer): Outcome {
  return { json: minted, text: `${minted.token}\n` };
}

function toHeaders(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new CliFailure("bind_malformed", "A bound header is written --bind Authorization=VALUE.");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
