import type { Command } from "commander";
import type { ReleaseAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import type { ExitCode } from "../cli-failure.ts";
import { createGroup, defineCommand, type Outcome } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { toTimeMs } from "../moment.ts";
import type { Paint } from "../paint.ts";
import { runSimulation } from "../run-simulation.ts";
import { toFields, toTable, toTime } from "../table.ts";

/** `countersign release …` */
export function releaseCommand(context: CliContext, exit: (code: ExitCode) => void): Command {
  return createGroup("release", "Releases: which versions of an app count, and until when.", [
    add(context),
    list(context),
    withdraw(context),
    remove(context),
    simulate(context, exit),
  ]);
}

interface AddOptions extends ProjectOption {
  readonly expires?: number | "never";
}

const names = "<app> <platform> <version>";

function expiry(text: string): number | "never" {
  return text === "never" ? text : toTimeMs(text);
}

const add = (context: CliContext): Command =>
  defineCommand<AddOptions>(
    context,
    "release add",
    `add ${names}`,
    "Register a release, or make it active again. The platform is ios or android.",
    (command) =>
      command
        .option(...projectOption)
        .option("--expires <time>", "UTC day or time from which it is refused, or `never`", expiry),
    async ([app = "", platform = "", version = ""], { project, expires }) => {
      const { client, path } = await openProject(context, project);
      const body = {
        status: "active",
        ...(expires === undefined ? {} : { expiresAtMs: expires === "never" ? null : expires }),
      };
      const answer = await client.send("PUT", path("apps", app, "releases", platform, version), body);
      return toOutcome(context.paint, answer as ReleaseAnswer);
    },
  );

const withdraw = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "release withdraw",
    `withdraw ${names}`,
    "Refuse a release from its next statement on, listed before or not; its users are asked to update.",
    (command) => command.option(...projectOption),
    async ([app = "", platform = "", version = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      const answer = await client.send("PUT", path("apps", app, "releases", platform, version), {
        status: "withdrawn",
      });
      return toOutcome(context.paint, answer as ReleaseAnswer);
    },
  );

const list = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "release list",
    "list <app>",
    "List the releases of an app.",
    (command) => command.option(...projectOption),
    async ([app = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      const answer = (await client.get(path("apps", app, "releases"))) as { releases: readonly ReleaseAnswer[] };
      const rows = answer.releases.map((release) => [
        release.platform,
        release.version,
        release.status,
        toEnd(release.expiresAtMs),
      ]);
      const head = ["PLATFORM", "VERSION", "STATUS", "EXPIRES (UTC)"];
      return { json: answer, text: toTable(context.paint, head, rows, "No release yet.") };
    },
  );

const remove = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "release remove",
    `remove ${names}`,
    "Forget a release. Where any version counts, it counts again.",
    (command) => command.option(...projectOption),
    async ([app = "", platform = "", version = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      await client.send("DELETE", path("apps", app, "releases", platform, version));
      const removed = `${app} ${platform} ${version}`;
      return { json: { removed }, text: `Removed the release ${removed}.\n` };
    },
  );

interface SimulateOptions extends AddOptions {
  readonly withdraw?: true;
  readonly remove?: true;
}

const simulate = (context: CliContext, exit: (code: ExitCode) => void): Command =>
  defineCommand<SimulateOptions>(
    context,
    "release simulate",
    `simulate ${names}`,
    "Say which installed versions a release, added or changed like this, would lock out. Changes nothing.",
    (command) =>
      command
        .option(...projectOption)
        .option("--expires <time>", "UTC day or time from which it is refused, or `never`", expiry)
        .option("--withdraw", "simulate that it is withdrawn")
        .option("--remove", "simulate that it is forgotten"),
    async ([app = "", platform = "", version = ""], { project, expires, withdraw, remove }) => {
      const release = {
        status: withdraw ? "withdrawn" : "active",
        ...(expires === undefined ? {} : { expiresAtMs: expires === "never" ? null : expires }),
      };
      const name = { app, platform, version };
      const change = remove ? { change: "release.remove", ...name } : { change: "release.put", ...name, release };
      return runSimulation(context, exit, project, change);
    },
  );

function toEnd(expiresAtMs: number | null): string {
  return expiresAtMs === null ? "never" : toTime(expiresAtMs);
}

function toOutcome(paint: Paint, release: ReleaseAnswer): Outcome {
  const text = toFields(paint, [
    ["platform", release.platform],
    ["version", release.version],
    ["status", release.status],
    ["expires", toEnd(release.expiresAtMs)],
  ]);
  return { json: release, text };
}
