import type { Command } from "commander";
import type { CliContext } from "../cli-context.ts";
import { createGroup, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { readInputFile } from "../read-input-file.ts";
import { splitPems } from "../split-pems.ts";
import { toTable } from "../table.ts";

interface AddOptions extends ProjectOption {
  readonly replace?: true;
}

/** `countersign anchors add`: test anchors of a development project. */
export function anchorsCommand(context: CliContext): Command {
  const add = defineCommand<AddOptions>(
    context,
    "anchors add",
    "add <files...>",
    "Let a development project trust test roots, from PEM files.",
    (command) => command.option(...projectOption).option("--replace", "in place of those it has"),
    async (files, options) => {
      const given = files.flatMap((file) => splitPems(file, readInputFile(file)));
      const { client, path, project } = await openProject(context, options.project);
      const held = options.replace ? [] : project.settings.anchors;
      const pems = [...new Set([...held, ...given].map((pem) => pem.replaceAll("\r", "").trim()))];
      const answer = (await client.send("PUT", path("anchors"), { pems })) as {
        anchors: readonly { spkiSha256: string }[];
      };
      const rows = answer.anchors.map(({ spkiSha256 }) => [spkiSha256]);
      return { json: answer, text: toTable(context.paint, ["SHA-256 OF THE PUBLIC KEY"], rows, "No test anchor.") };
    },
  );
  return createGroup("anchors", "Test anchors of development projects.", [add]);
}
