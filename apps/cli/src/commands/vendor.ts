import { parseStrictJson } from "@countersign/protocol";
import type { Command } from "commander";
import type { VendorAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure } from "../cli-failure.ts";
import { createGroup, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { readHidden } from "../hidden-input.ts";
import { readInputFile } from "../read-input-file.ts";
import { refuseValueArguments, withoutValueArguments } from "../refuse-value-arguments.ts";
import { toFields, toTable, toTime } from "../table.ts";

/** `countersign vendor …` */
export function vendorCommand(context: CliContext): Command {
  return createGroup("vendor", "What the service calls vendors with. It comes from standard input or a prompt.", [
    set(context),
    list(context),
    remove(context),
  ]);
}

/** Apple gives a key as a file whose name has its id, and no JSON of it. */
interface SetOptions extends ProjectOption {
  readonly keyFile?: string;
  readonly keyId?: string;
  readonly teamId?: string;
}

const set = (context: CliContext): Command =>
  defineCommand<SetOptions>(
    context,
    "vendor set",
    "set <kind>",
    "Set a vendor credential. Its JSON is read from standard input, or asked for.",
    (command) =>
      withoutValueArguments(command)
        .option(...projectOption)
        .option("--key-file <file>", "apple-devicecheck: the .p8 file of the key")
        .option("--key-id <id>", "apple-devicecheck: the key's id, ten characters")
        .option("--team-id <id>", "apple-devicecheck: the team's id, ten characters"),
    async (args, options) => {
      const [kind = ""] = refuseValueArguments(args, 1);
      const { client, path } = await openProject(context, options.project);
      const value = fromKeyFile(kind, options) ?? (await readJson(context));
      const answer = (await client.send("PUT", path("vendors", kind), value)) as VendorAnswer;
      const fields = [
        ["kind", answer.kind],
        ["changed", `${toTime(answer.updatedAtMs)} UTC`],
      ] as const;
      return { json: answer, text: toFields(context.paint, fields) };
    },
  );

async function readJson(context: CliContext): Promise<unknown> {
  const text = await readHidden(context.io, "credential's JSON");
  const json = parseStrictJson(text, { maxBytes: 64 * 1024 });
  if (!json.ok) throw new CliFailure("value_not_json", "The credential is not valid JSON, or names a member twice.");
  return json.value;
}

function fromKeyFile(kind: string, { keyFile, keyId, teamId }: SetOptions): object | null {
  if (keyFile === undefined && keyId === undefined && teamId === undefined) return null;
  if (kind !== "apple-devicecheck" || keyFile === undefined || keyId === undefined || teamId === undefined) {
    throw new CliFailure(
      "key_file_incomplete",
      "--key-file, --key-id and --team-id belong together, and to apple-devicecheck alone.",
    );
  }
  return { teamId, keyId, privateKey: readInputFile(keyFile) };
}

const list = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "vendor list",
    "list",
    "List the vendor credentials; never a value.",
    (command) => command.option(...projectOption),
    async (_, options) => {
      const { client, path } = await openProject(context, options.project);
      const answer = (await client.get(path("vendors"))) as { vendors: readonly VendorAnswer[] };
      const rows = answer.vendors.map(({ kind, updatedAtMs }) => [kind, toTime(updatedAtMs)]);
      return {
        json: answer,
        text: toTable(context.paint, ["KIND", "CHANGED (UTC)"], rows, "No vendor credential yet."),
      };
    },
  );

const remove = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "vendor remove",
    "remove <kind>",
    "Remove a vendor credential.",
    (command) => command.option(...projectOption),
    async ([kind = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      await client.send("DELETE", path("vendors", kind));
      return { json: { removed: kind }, text: `Removed the vendor credential ${kind}.\n` };
    },
  );
