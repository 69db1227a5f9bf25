import { type Command, Option } from "commander";
import type { BanAnswer, InstanceAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { createGroup, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { printable } from "../printable.ts";
import { toFields, toTime } from "../table.ts";
import { wholeNumber } from "../whole-number.ts";

interface BanOptions extends ProjectOption {
  readonly reason: string;
  readonly by: string;
  readonly seconds?: number;
}

interface UnbanOptions extends ProjectOption {
  readonly by?: string;
}

const targets = ["instance", "subject"];

/** `countersign instance …` */
export function instanceCommand(context: CliContext): Command {
  return createGroup("instance", "Installations of apps.", [ban(context), unban(context), show(context)]);
}

const ban = (context: CliContext): Command =>
  defineCommand<BanOptions>(
    context,
    "instance ban",
    "ban <instance>",
    "Ban an installation: it gets nothing from its next statement on.",
    (command) =>
      command
        .option(...projectOption)
        .requiredOption("--reason <text>", "why, for whoever lifts the ban")
        .addOption(
          new Option("--by <target>", "subject also meets what this installation enrols later")
            .choices(targets)
            .default("instance"),
        )
        .option("--seconds <n>", "how long; default until it is lifted", wholeNumber),
    async ([instance = ""], { project, reason, by, seconds }) => {
      const { client, path } = await openProject(context, project);
      const body = { reason, by, ...(seconds !== undefined && { seconds }) };
      const answer = (await client.send("PUT", path("instances", instance, "ban"), body)) as {
        known: boolean;
        ban: BanAnswer;
      };
      const unknown = answer.known ? "" : "The service has not seen this instance yet; the ban waits for it.\n";
      return { json: answer, text: `${printable(toBanText(answer.ban))}\n${unknown}` };
    },
  );

const unban = (context: CliContext): Command =>
  defineCommand<UnbanOptions>(
    context,
    "instance unban",
    "unban <instance>",
    "Lift every ban and quarantine of an installation.",
    (command) =>
      command
        .option(...projectOption)
        .addOption(new Option("--by <target>", "only bans of this kind of target").choices(targets)),
    async ([instance = ""], { project, by }) => {
      const { client, path } = await openProject(context, project);
      await client.send("DELETE", `${path("instances", instance, "ban")}${by === undefined ? "" : `?by=${by}`}`);
      return { json: { unbanned: instance }, text: `Lifted the bans of ${instance}.\n` };
    },
  );

const show = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "instance show",
    "show <instance>",
    "Show the record of an installation and the bans that hold it.",
    (command) => command.option(...projectOption),
    async ([id = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      const instance = (await client.get(path("instances", id))) as InstanceAnswer;
      const text = toFields(context.paint, [
        ["instance", instance.instance],
        ["app", `${instance.app} on ${instance.platform}`],
        ["evidence", `${toTime(instance.evidenceAtMs)} UTC`],
        ["enrolled", `${toTime(instance.createdAtMs)} UTC`],
        ["last seen", `${toTime(instance.lastSeenAtMs)} UTC`],
        ...(instance.developmentKey === null ? [] : [["development key", instance.developmentKey] as const]),
        ...Object.entries(instance.facts).map(([name, value]) => [name, JSON.stringify(value)] as const),
        ...instance.bans.map((held) => ["ban", toBanText(held)] as const),
      ]);
      return { json: instance, text };
    },
  );

function toBanText({ kind, by, reason, untilMs }: BanAnswer): string {
  const until = untilMs === null ? "until it is lifted" : `until ${toTime(untilMs)} UTC`;
  return `${kind === "ban" ? "Banned" : "Quarantined"} by ${by} ${until}: ${reason}`;
}
