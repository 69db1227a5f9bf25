import type { Command } from "commander";
import type { DevelopmentKeyAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { createGroup, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { toLeadSeconds } from "../moment.ts";
import { toTable, toTime } from "../table.ts";
import { wholeNumber } from "../whole-number.ts";

interface CreateOptions extends ProjectOption {
  readonly expiresIn: number;
  readonly quota: number;
  readonly perDay?: number;
}

/** `countersign devkey …` */
export function devkeyCommand(context: CliContext): Command {
  return createGroup("devkey", "Development keys: simulators and CI enrol with them, in development projects alone.", [
    create(context),
    list(context),
    revoke(context),
  ]);
}

const create = (context: CliContext): Command =>
  defineCommand<CreateOptions>(
    context,
    "devkey create",
    "create <name>",
    "Make a development key and print it, this once.",
    (command) =>
      command
        .option(...projectOption)
        .requiredOption("--expires-in <time>", "how long it lives, such as 12h or 30d; at most 90d", toLeadSeconds)
        .requiredOption("--quota <n>", "how many enrolments it buys in all", wholeNumber)
        .option("--per-day <n>", "how many within a day; default as many as in all", wholeNumber),
    async ([name = ""], { project, expiresIn, quota, perDay }) => {
      const { client, path } = await openProject(context, project);
      const input = { name, expiresInSeconds: expiresIn, quota, ...(perDay !== undefined && { perDay }) };
      const answer = (await client.send("POST", path("development-keys"), input)) as DevelopmentKeyAnswer & {
        readonly key: string;
      };
      return { json: answer, text: `${answer.key}\n` };
    },
  );

const list = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "devkey list",
    "list",
    "List development keys, revoked ones too; never a key itself.",
    (command) => command.option(...projectOption),
    async (_, { project }) => {
      const { client, path } = await openProject(context, project);
      const answer = (await client.get(path("development-keys"))) as {
        readonly developmentKeys: readonly DevelopmentKeyAnswer[];
      };
      const nowMs = Date.now();
      const rows = answer.developmentKeys.map((key) => [
        key.name,
        stateOf(key, nowMs),
        `${key.enrolled} of ${key.quota}`,
        String(key.perDay),
        toTime(key.expiresAtMs),
      ]);
      const heads = ["NAME", "STATE", "ENROLLED", "PER DAY", "EXPIRES (UTC)"];
      return { json: answer, text: toTable(context.paint, heads, rows, "No development key yet.") };
    },
  );

const revoke = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "devkey revoke",
    "revoke <name>",
    "Take a development key out of use, and end what it enrolled.",
    (command) => command.option(...projectOption),
    async ([name = ""], { project }) => {
      const { client, path } = await openProject(context, project);
      await client.send("DELETE", path("development-keys", name));
      return {
        json: { revoked: name },
        text: `Revoked the development key ${name}; what it enrolled is refused from its next statement on.\n`,
      };
    },
  );

function stateOf({ revokedAtMs, expiresAtMs, enrolled, quota }: DevelopmentKeyAnswer, nowMs: number): string {
  if (revokedAtMs !== null) return "revoked";
  if (nowMs >= expiresAtMs) return "expired";
  return enrolled >= quota ? "used up" : "in use";
}
