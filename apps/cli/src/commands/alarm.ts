import type { Command } from "commander";
import type { AlarmAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { createGroup, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { toFields, toTable, toTime } from "../table.ts";
import { wholeNumber } from "../whole-number.ts";

interface ListOptions extends ProjectOption {
  readonly open?: true;
  readonly limit: number;
}

/** `countersign alarm …` */
export function alarmCommand(context: CliContext): Command {
  return createGroup("alarm", "Alarms: uses of decoy secrets, of canaries, and reports of either.", [
    list(context),
    show(context),
    ack(context),
  ]);
}

const kinds: Readonly<Record<string, string>> = {
  decoy_secret_used: "decoy used",
  canary_used: "canary used",
  reported: "reported",
};

const list = (context: CliContext): Command =>
  defineCommand<ListOptions>(
    context,
    "alarm list",
    "list",
    "List alarms, newest use first.",
    (command) =>
      command
        .option(...projectOption)
        .option("--open", "those alone that nobody has acknowledged")
        .option("--limit <n>", "how many, up to 1000", wholeNumber, 100),
    async (_, { project, open, limit }) => {
      const { client, path } = await openProject(context, project);
      const query = `?open=${open === true}&limit=${limit}`;
      const answer = (await client.get(`${path("alarms")}${query}`)) as { alarms: readonly AlarmAnswer[] };
      const rows = answer.alarms.map((alarm) => [
        alarm.id,
        toTime(alarm.lastAtMs),
        kinds[alarm.kind] ?? alarm.kind,
        alarm.decoy ?? "-",
        alarm.where,
        String(alarm.count),
        alarm.acknowledgedAtMs === null ? "open" : "seen",
      ]);
      const heads = ["ID", "LAST USE (UTC)", "WHAT", "DECOY", "WHERE", "USES", "STATE"];
      return { json: answer, text: toTable(context.paint, heads, rows, "No alarm.") };
    },
  );

const show = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "alarm show",
    "show <id>",
    "Show an alarm: what was used where, by whom as far as that is known, and how often.",
    (command) => command.option(...projectOption),
    async ([id = ""], { project }) => {
      const { client, path } = await openProject(context, project);
      const alarm = (await client.get(path("alarms", id))) as AlarmAnswer;
      return { json: alarm, text: toText(context, alarm) };
    },
  );

const ack = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "alarm ack",
    "ack <id>",
    "Say that an alarm was seen. A further use is a new alarm.",
    (command) => command.option(...projectOption),
    async ([id = ""], { project }) => {
      const { client, path } = await openProject(context, project);
      const alarm = (await client.send("POST", `${path("alarms", id)}/acknowledgement`)) as AlarmAnswer;
      return { json: alarm, text: `Acknowledged the alarm ${id}.\n` };
    },
  );

function toText(context: CliContext, alarm: AlarmAnswer): string {
  const { id, kind, decoy, where, who, count, firstAtMs, lastAtMs, acknowledgedAtMs } = alarm;
  return toFields(context.paint, [
    ["id", id],
    ["what", kinds[kind] ?? kind],
    ["decoy", decoy ?? "not named"],
    ["where", where],
    ...Object.entries(who).map(([name, value]): readonly [string, string] => [name, String(value)]),
    ["uses", String(count)],
    ["first", `${toTime(firstAtMs)} UTC`],
    ["last", `${toTime(lastAtMs)} UTC`],
    ["state", acknowledgedAtMs === null ? "open" : `seen at ${toTime(acknowledgedAtMs)} UTC`],
  ]);
}
