import type { Command } from "commander";
import type { ApiAnswer } from "../answers.ts";
import { toApiOutcome } from "../api-text.ts";
import type { CliContext } from "../cli-context.ts";
import { defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { wholeNumber } from "../whole-number.ts";

interface SetOptions extends ProjectOption {
  readonly links: string;
  readonly linkSeconds?: number;
}

/** `apod`, or `apod/apod/image`: an id has no slash in it, and a path begins with one. */
function toLinkedPath(text: string): { readonly api: string; readonly path?: string } {
  const slash = text.indexOf("/");
  return slash < 0 ? { api: text } : { api: text.slice(0, slash), path: text.slice(slash) };
}

/** `countersign api set` */
export const apiSetCommand = (context: CliContext): Command =>
  defineCommand<SetOptions>(
    context,
    "api set",
    "set <id>",
    "Say which links in an API's answers are led through the broker.",
    (command) =>
      command
        .option(...projectOption)
        .requiredOption("--links <apis>", "where links lead: ids of APIs, each also with a path, with commas; or none")
        .option("--link-seconds <n>", "the longest that a link is good for, 60 to 3600; default 900", wholeNumber),
    async ([id = ""], { project, links, linkSeconds: seconds }) => {
      const { client, path } = await openProject(context, project);
      const to = links === "none" ? [] : links.split(",").map((one) => toLinkedPath(one.trim()));
      const body = { to, ...(seconds !== undefined && { seconds }) };
      return toApiOutcome(context.paint, (await client.send("PUT", path("apis", id, "links"), body)) as ApiAnswer);
    },
  );
