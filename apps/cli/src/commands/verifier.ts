import type { Command } from "commander";
import type { VerifierAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure } from "../cli-failure.ts";
import { collect, createGroup, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { toTable, toTime } from "../table.ts";

interface AddOptions extends ProjectOption {
  readonly api?: string;
  readonly inject?: readonly string[];
}

/** `countersign verifier …` */
export function verifierCommand(context: CliContext): Command {
  return createGroup(
    "verifier",
    "Credentials of backends and proxies: to consume tokens, report traffic, and ask whether a request may pass.",
    [add(context), list(context), remove(context)],
  );
}

const add = (context: CliContext): Command =>
  defineCommand<AddOptions>(
    context,
    "verifier add",
    "add <name>",
    "Make a credential for a backend and print it, this once.",
    (command) =>
      command
        .option(...projectOption)
        .option("--api <id>", "the one API it speaks for; default every API of the project")
        .option(
          "--inject <header=secret>",
          "secret that a proxy is given for genuine requests, `Authorization=Bearer nasa-key` with a prefix; needs --api; may be given several times",
          collect,
        ),
    async ([name = ""], { project, api, inject }) => {
      const { client, path } = await openProject(context, project);
      const input = { name, ...(api !== undefined && { api }), ...(inject && { injections: inject.map(toInjection) }) };
      const answer = (await client.send("POST", path("verifiers"), input)) as VerifierAnswer & { credential: string };
      return { json: answer, text: `${answer.credential}\n` };
    },
  );

const list = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "verifier list",
    "list",
    "List the credentials of backends; never a credential itself.",
    (command) => command.option(...projectOption),
    async (_, { project }) => {
      const { client, path } = await openProject(context, project);
      const answer = (await client.get(path("verifiers"))) as { verifiers: readonly VerifierAnswer[] };
      const rows = answer.verifiers.map(({ name, api, createdAtMs, injections }) => [
        name,
        api ?? "every API",
        injections.map(({ header, secret }) => `${header}=${secret}`).join(" ") || "-",
        toTime(createdAtMs),
      ]);
      const heads = ["NAME", "API", "IS GIVEN", "SINCE (UTC)"];
      return { json: answer, text: toTable(context.paint, heads, rows, "No verifier yet.") };
    },
  );

const remove = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "verifier remove",
    "remove <name>",
    "Take a backend's credential out of use.",
    (command) => command.option(...projectOption),
    async ([name = ""], { project }) => {
      const { client, path } = await openProject(context, project);
      await client.send("DELETE", path("verifiers", name));
      return { json: { removed: name }, text: `Removed the verifier ${name}.\n` };
    },
  );

/** `HEADER=SECRET` or `HEADER=PREFIX SECRET`: the secret's name is the last word. */
function toInjection(text: string): { header: string; prefix: string; secret: string } {
  const [, header = "", prefix = "", secret = ""] = /^([^=]+)=(.* )?([^ ]+)$/.exec(text) ?? [];
  if (header === "")
    throw new CliFailure("option_malformed", "--inject is HEADER=SECRET, for example X-Api-Key=nasa-key.");
  return { header, prefix, secret };
}
