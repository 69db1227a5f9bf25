import type { Command } from "commander";
import { toPath } from "../admin-client.ts";
import type { StatusAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { defineCommand } from "../define-command.ts";
import { printable } from "../printable.ts";
import { toFields, toTime } from "../table.ts";

/** `countersign status` */
export function statusCommand(context: CliContext): Command {
  return defineCommand(
    context,
    "status",
    "status",
    "Show the service, its projects, and what still wants doing.",
    (command) => command,
    async () => {
      const client = context.connect();
      const status = (await client.get(toPath("status"))) as StatusAnswer;
      const fields = toFields(context.paint, [
        ["service", `${client.url}, version ${status.version}${status.productionOnly ? ", production only" : ""}`],
        ["time", `${toTime(status.nowMs)} UTC`],
        ["administrator", status.administrator.name],
        ["projects", status.projects.map(({ name, kind }) => `${name} (${kind})`).join(", ") || "none"],
        ["status list", toListText(status.revocation)],
        ["open alarms", String(status.openAlarms)],
      ]);
      const warnings = status.warnings.map(
        (warning) => `${context.paint("yellow", "warning")}: ${printable(warning)}\n`,
      );
      return { json: { url: client.url, ...status }, text: `${fields}${warnings.join("")}` };
    },
  );
}

function toListText({ source, state, freshUntilMs }: StatusAnswer["revocation"]): string {
  if (source !== "fetched") return source === "file" ? "from a file" : "none; revocation is not evaluated";
  return freshUntilMs === null ? `fetched, ${state}` : `fetched, ${state}, fresh until ${toTime(freshUntilMs)} UTC`;
}
