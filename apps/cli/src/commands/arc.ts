import type { Command } from "commander";
import type { EarAnswer, TraceAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { createGroup, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import type { Paint } from "../paint.ts";
import { printable } from "../printable.ts";
import { toFields, toTable, toTime } from "../table.ts";

interface EarOptions extends ProjectOption {
  readonly nonce?: string;
}

/** `countersign arc …`: what stands behind the code that a refused user reads out. */
export function arcCommand(context: CliContext): Command {
  const show = defineCommand<ProjectOption>(
    context,
    "arc show",
    "show <arc>",
    "Show what stands behind an ARC. The look-up is audited.",
    (command) => command.option(...projectOption),
    async ([arc = ""], options) => {
      const trace = await readTrace(context, arc, options.project);
      return { json: trace, text: toText(context.paint, trace) };
    },
  );
  const ear = defineCommand<EarOptions>(
    context,
    "arc ear",
    "ear <arc>",
    "Render the verdict behind an ARC as an EAR (draft-ietf-rats-ear). The look-up is audited.",
    (command) =>
      command.option(...projectOption).option("--nonce <text>", "base64url of 8 to 64 bytes, given back as eat_nonce"),
    async ([arc = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      const query = options.nonce === undefined ? "" : `?nonce=${encodeURIComponent(options.nonce)}`;
      const answer = (await client.get(`${path("arcs", arc, "ear")}${query}`)) as EarAnswer;
      return { json: answer, text: `${JSON.stringify(answer.ear, null, 2)}\n` };
    },
  );
  return createGroup("arc", "Attestation response codes.", [show, ear]);
}

/** The trace behind an ARC of a project, from the service that is logged in to. */
export async function readTrace(context: CliContext, arc: string, project: string | undefined): Promise<TraceAnswer> {
  const { client, path } = await openProject(context, project);
  return (await client.get(path("arcs", arc))) as TraceAnswer;
}

function toText(paint: Paint, trace: TraceAnswer): string {
  const fields = toFields(paint, [
    ["arc", trace.arc],
    ["time", `${toTime(trace.atMs)} UTC`],
    ["verdict", trace.decoy ? `${trace.verdict}, answered with a decoy` : trace.verdict],
    ["call", trace.use],
    ["app", `${trace.app} on ${trace.platform}`],
    ["instance", trace.instance],
    ["signals", trace.signals.join(", ") || "none"],
  ]);
  const reasons = trace.reasons.map(
    ({ reason, meaning, action }) => `${paint("red", reason)}: ${printable(`${meaning} ${action}`)}\n`,
  );
  const rows = trace.checks.map(({ name, result, expected, found }) => [name, result, expected ?? "-", found ?? "-"]);
  return `${fields}${reasons.join("")}\n${toTable(paint, ["CHECK", "RESULT", "EXPECTED", "FOUND"], rows, "No check was made.")}`;
}
