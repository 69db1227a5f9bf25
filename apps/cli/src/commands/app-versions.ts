import type { Command } from "commander";
import type { CliContext } from "../cli-context.ts";
import { defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { toTable, toTime } from "../table.ts";

interface VersionsAnswer {
  readonly versions: readonly {
    readonly platform: string;
    readonly version: string;
    readonly build: string;
    readonly sdk: string;
    readonly attested: string | null;
    readonly instances: number;
    readonly firstSeenMs: number;
    readonly lastSeenMs: number;
  }[];
}

const head = ["PLATFORM", "VERSION", "BUILD", "ATTESTED", "SDK", "INSTANCES", "FIRST SEEN (UTC)", "LAST SEEN (UTC)"];

/** `countersign app versions` */
export const appVersionsCommand = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "app versions",
    "versions <id>",
    "List the versions of an app that genuine instances run.",
    (command) => command.option(...projectOption),
    async ([id = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      const answer = (await client.get(path("apps", id, "versions"))) as VersionsAnswer;
      const rows = answer.versions.map((each) => [
        each.platform,
        each.version,
        each.build,
        each.attested ?? "-",
        each.sdk,
        `~${each.instances}`,
        toTime(each.firstSeenMs),
        toTime(each.lastSeenMs),
      ]);
      return { json: answer, text: toTable(context.paint, head, rows, "No version was seen yet.") };
    },
  );
