import { isVerifyReason, verifyReasons } from "@countersign/protocol";
import type { Command } from "commander";
import type { TrafficAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import type { Paint } from "../paint.ts";
import { toTable, toTime } from "../table.ts";
import { wholeNumber } from "../whole-number.ts";

interface TrafficOptions extends ProjectOption {
  readonly hours?: number;
}

/** `countersign api traffic` */
export const apiTrafficCommand = (context: CliContext): Command =>
  defineCommand<TrafficOptions>(
    context,
    "api traffic",
    "traffic <id>",
    "Show how an API's requests fell, as its backends reported, and what enforcing would refuse.",
    (command) =>
      command
        .option(...projectOption)
        .option("--hours <n>", "whole hours up to now, 1 to 2160; default 24", wholeNumber),
    async ([id = ""], { project, hours }) => {
      const { client, path } = await openProject(context, project);
      const query = hours === undefined ? "" : `?hours=${hours}`;
      const answer = (await client.get(`${path("apis", id, "traffic")}${query}`)) as TrafficAnswer;
      return { json: answer, text: toText(context.paint, answer) };
    },
  );

function toText(
  paint: Paint,
  { api, fromMs, toMs, requests, counts, decoys, refusable, reasons }: TrafficAnswer,
): string {
  const since = `${toTime(fromMs)} to ${toTime(toMs)} UTC`;
  if (requests === 0) return `No requests of ${api} were reported from ${since}.\n`;
  const share = (count: number): string => `${((count / requests) * 100).toFixed(1)} %`;
  const rows = [
    ["verified", counts.verified],
    ["outdated", counts.outdated],
    ["unknown origin", counts.unknownOrigin],
    ["invalid", counts.invalid],
    ["reused", counts.reused],
  ] as const;
  const table = toTable(
    paint,
    ["BUCKET", "REQUESTS", "SHARE"],
    rows.map(([name, count]) => [name, String(count), share(count)]),
    "",
  );
  const why = Object.entries(reasons).map(([reason, count]) => [
    reason,
    String(count),
    isVerifyReason(reason) ? verifyReasons[reason].title : "",
  ]);
  return [
    `${requests} requests of ${api}, ${since}\n\n${table}`,
    decoys > 0 ? `\n${decoys} of the invalid were decoys.\n` : "",
    why.length > 0 ? `\n${toTable(paint, ["REASON", "REQUESTS", "WHAT IT IS"], why, "")}` : "",
    `\nEnforcing now would refuse ${refusable} of them (${share(refusable)}); ${counts.outdated} come from versions of the app that send no token.\n`,
  ].join("");
}
