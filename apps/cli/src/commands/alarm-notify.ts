import type { Command } from "commander";
import type { CliContext } from "../cli-context.ts";
import type { ExitCode } from "../cli-failure.ts";
import { createGroup, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { readHidden } from "../hidden-input.ts";

interface Told {
  readonly ok: boolean;
  readonly status: number | null;
  readonly problem: string | null;
}

/** `countersign alarm-notify …` */
export function alarmNotifyCommand(context: CliContext, exit: (code: ExitCode) => void): Command {
  return createGroup("alarm-notify", "Where new alarms are told.", [
    set(context),
    show(context),
    test(context, exit),
    remove(context),
  ]);
}

const set = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "alarm-notify set",
    "set [url]",
    "Have each new alarm told to an https address, and print the key that messages are signed with, this once.",
    (command) => command.option(...projectOption),
    async ([given], { project }) => {
      const { client, path } = await openProject(context, project);
      const url = given ?? (await readHidden(context.io, "address"));
      const answer = (await client.send("PUT", path("alarm-notices"), { url })) as { origin: string; key: string };
      return { json: answer, text: `${answer.key}\n` };
    },
  );

const show = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "alarm-notify show",
    "show",
    "Show where alarms are told: the origin alone, for a path may be a secret.",
    (command) => command.option(...projectOption),
    async (_, { project }) => {
      const { client, path } = await openProject(context, project);
      const answer = (await client.get(path("alarm-notices"))) as { origin: string | null };
      return { json: answer, text: `${answer.origin ?? "Alarms are told nowhere."}\n` };
    },
  );

const test = (context: CliContext, exit: (code: ExitCode) => void): Command =>
  defineCommand<ProjectOption>(
    context,
    "alarm-notify test",
    "test",
    "Send a message that no alarm stands behind, and say what came of it.",
    (command) => command.option(...projectOption),
    async (_, { project }) => {
      const { client, path } = await openProject(context, project);
      const told = (await client.send("POST", `${path("alarm-notices")}/test`)) as Told;
      if (!told.ok) exit(1);
      return { json: told, text: `${toSentence(told)}\n` };
    },
  );

const remove = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "alarm-notify remove",
    "remove",
    "Tell alarms nowhere any more.",
    (command) => command.option(...projectOption),
    async (_, { project }) => {
      const { client, path } = await openProject(context, project);
      await client.send("DELETE", path("alarm-notices"));
      return { json: { removed: true }, text: "Alarms are told nowhere any more.\n" };
    },
  );

function toSentence({ ok, status, problem }: Told): string {
  if (ok) return `The address took the message (status ${status}).`;
  if (problem === "address_refused") return "The address was not asked: its name leads to no public address.";
  if (problem === "status") return `The address answered with status ${status}: not 200 to 299.`;
  return problem === "timeout" ? "The address did not answer in time." : "The address could not be reached.";
}
