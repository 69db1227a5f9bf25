import { writeFileSync } from "node:fs";
import { confirm, isCancel } from "@clack/prompts";
import type { Command } from "commander";
import type { RootAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure } from "../cli-failure.ts";
import { createGroup, defineCommand, type Outcome } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import type { Paint } from "../paint.ts";
import { toFields } from "../table.ts";

interface ExportOptions extends ProjectOption {
  readonly host?: string;
  readonly out?: string;
}

interface RecoverOptions extends ProjectOption {
  readonly yes?: true;
}

/** `countersign root …` */
export function rootCommand(context: CliContext): Command {
  return createGroup("root", "The root of a project's trust.", [exportCommand(context), recover(context)]);
}

const exportCommand = (context: CliContext): Command =>
  defineCommand<ExportOptions>(
    context,
    "root export",
    "export",
    "Print the public side of the project's trust: configuration string, roots, key list.",
    (command) =>
      command
        .option(...projectOption)
        .option("--host <host[:port]>", "what the configuration string names; default the service's public origin")
        .option("--out <file>", "also write the configuration string alone to a new file"),
    async (_, { project, host, out }) => {
      const { client, path } = await openProject(context, project);
      const query = host === undefined ? "" : `?host=${encodeURIComponent(host)}`;
      const root = (await client.get(`${path("root")}${query}`)) as RootAnswer;
      if (out !== undefined) writeNewFile(out, `${root.configuration}\n`);
      return toOutcome(context.paint, root);
    },
  );

const recover = (context: CliContext): Command =>
  defineCommand<RecoverOptions>(
    context,
    "root recover",
    "recover",
    "Replace the root through the recovery root: for a lost or stolen root. There is no way back.",
    (command) => command.option(...projectOption).option("--yes", "do not ask"),
    async (_, { project: named, yes }) => {
      const { client, path, project } = await openProject(context, named);
      if (!yes)
        await askWhether(context, `Replace the root of ${project.name}? Agents take no list of the old root again.`);
      return toOutcome(context.paint, (await client.send("POST", path("keys", "recover"), {})) as RootAnswer);
    },
  );

async function askWhether(context: CliContext, message: string): Promise<void> {
  if (context.io.stdin.isTTY !== true)
    throw new CliFailure("confirmation_missing", "This has no way back. Say --yes to do it.");
  const answer = await confirm({ message, initialValue: false, output: process.stderr });
  if (isCancel(answer) || !answer) throw new CliFailure("cancelled", "Cancelled. Nothing was changed.");
}

function writeNewFile(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new CliFailure("file_unwritable", `${file} cannot be written (${code}).`);
  }
}

function toOutcome(paint: Paint, root: RootAnswer): Outcome {
  const text = toFields(paint, [
    ["configuration", root.configuration],
    ["root", root.rootPoint],
    ["recovery root", root.recoveryPoint],
    ["key list", `version ${root.keyListVersion}${root.keyListByRecovery ? ", signed by the recovery root" : ""}`],
    ["keys held online", root.heldKeys.join(", ") || "none"],
  ]);
  return { json: root, text };
}
