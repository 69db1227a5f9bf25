import { type Command, Option } from "commander";
import { toPath } from "../admin-client.ts";
import type { ProjectAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure } from "../cli-failure.ts";
import { createGroup, defineCommand, type Outcome } from "../define-command.ts";
import { findProject } from "../find-project.ts";
import type { Paint } from "../paint.ts";
import { toFields, toTable, toTime } from "../table.ts";
import { wholeNumber } from "../whole-number.ts";

interface SetOptions {
  readonly reasons?: "on" | "off";
  readonly decoy?: "on" | "off";
  readonly permissions?: string;
  readonly sessionSeconds?: number;
  readonly refreshSeconds?: number;
  readonly continuingSeconds?: number;
  readonly evidenceMaxAgeDays?: number;
  readonly quarantineSeconds?: number;
  readonly bootKeys?: string;
  readonly requireStrongbox?: "on" | "off";
  readonly maxPatchAgeMonths?: number;
  readonly maxCertificatesIssued?: number;
  readonly play?: string;
  readonly requiredCategories?: readonly number[];
  readonly maxRiskMetric?: number;
  readonly playLabels?: string;
  readonly requiredDetectors?: string;
  readonly credentialsNotBeforeMs?: number;
  readonly manifestStaleAfterSeconds?: number;
  readonly watchSpreadSeconds?: number;
}

/** `countersign project …` */
export function projectCommand(context: CliContext): Command {
  return createGroup("project", "Projects and their settings.", [
    create(context),
    list(context),
    show(context),
    set(context),
  ]);
}

const create = (context: CliContext): Command =>
  defineCommand<{ kind: string; host?: string }>(
    context,
    "project create",
    "create <name>",
    "Create a project and print the configuration string for its apps.",
    (command) =>
      command
        .addOption(
          new Option("--kind <kind>", "production, or development for tests; it never changes")
            .choices(["production", "development"])
            .default("production"),
        )
        .option("--host <host[:port]>", "under which apps reach the service; default the service's public origin"),
    async ([name = ""], { kind, host }) => {
      const project = await context
        .connect()
        .send("POST", toPath("projects"), { name, kind, ...(host === undefined ? {} : { host }) });
      return toOutcome(context.paint, project as ProjectAnswer);
    },
  );

const list = (context: CliContext): Command =>
  defineCommand(
    context,
    "project list",
    "list",
    "List the projects.",
    (command) => command,
    async () => {
      const answer = (await context.connect().get(toPath("projects"))) as { projects: readonly ProjectAnswer[] };
      const rows = answer.projects.map(({ name, kind, id, createdAtMs }) => [name, kind, id, toTime(createdAtMs)]);
      return {
        json: answer,
        text: toTable(context.paint, ["NAME", "KIND", "ID", "CREATED (UTC)"], rows, "No project yet."),
      };
    },
  );

const show = (context: CliContext): Command =>
  defineCommand(
    context,
    "project show",
    "show [project]",
    "Show a project with its settings.",
    (command) => command,
    async ([named]) => toOutcome(context.paint, await findProject(context, context.connect(), named)),
  );

const set = (context: CliContext): Command =>
  defineCommand<SetOptions>(
    context,
    "project set",
    "set [project]",
    "Change settings of a project.",
    (command) =>
      command
        .addOption(
          new Option("--reasons <on|off>", "whether refused answers carry their reasons").choices(["on", "off"]),
        )
        .addOption(
          new Option("--decoy <on|off>", "whether refused instances get what looks like a session").choices([
            "on",
            "off",
          ]),
        )
        .option(
          "--permissions <list>",
          "development only: what is permitted beyond other anchors, comma-separated; empty for none",
        )
        .option("--session-seconds <n>", "length of a session", wholeNumber)
        .option("--refresh-seconds <n>", "when an agent renews it", wholeNumber)
        .option("--continuing-seconds <n>", "lifetime of the challenge inside an answer", wholeNumber)
        .option("--evidence-max-age-days <n>", "age at which evidence must be renewed", wholeNumber)
        .option("--quarantine-seconds <n>", "what a severe signal costs", wholeNumber)
        .option(
          "--boot-keys <list>",
          "verified boot keys of allowed custom systems, hex, comma-separated; empty for none",
        )
        .addOption(
          new Option("--require-strongbox <on|off>", "whether Android keys must be in a StrongBox").choices([
            "on",
            "off",
          ]),
        )
        .option("--max-patch-age-months <n>", "how old Android's patch level may be; 0 for any", wholeNumber)
        .option(
          "--max-certificates-issued <n>",
          "attestation certificates issued to an Android device in 30 days; 0 for any",
          wholeNumber,
        )
        .option(
          "--required-categories <list>",
          "validation categories (iOS 27) that are let in, comma-separated: 4 App Store, 2 TestFlight; empty for all",
          (text: string) => toList(text).map(wholeNumber),
        )
        .option("--max-risk-metric <n>", "the highest App Attest risk metric that is let pass; 0 for any", wholeNumber)
        .addOption(
          new Option("--play <mode>", "Play Integrity on Android: a finding only, or demanded").choices([
            "off",
            "observe",
            "require",
          ]),
        )
        .option("--play-labels <list>", "device labels that must all be there: basic, device, strong, virtual")
        .option("--required-detectors <list>", "detectors a statement must name, comma-separated; empty for none")
        .option(
          "--credentials-not-before-ms <ms>",
          "credentials issued before are answered from the record",
          wholeNumber,
        )
        .option(
          "--manifest-stale-after-seconds <n>",
          "how long an agent may go without a confirming answer",
          wholeNumber,
        )
        .option("--watch-spread-seconds <n>", "over how long agents spread a refresh after a change", wholeNumber),
    async ([named], options) => {
      const change = toChange(options);
      if (Object.keys(change).length === 0) {
        throw new CliFailure(
          "nothing_to_set",
          "Name at least one setting. `countersign project set --help` lists them.",
        );
      }
      const client = context.connect();
      const project = await findProject(context, client, named);
      return toOutcome(
        context.paint,
        (await client.send("PATCH", toPath("projects", project.id), change)) as ProjectAnswer,
      );
    },
  );

function toChange(options: SetOptions & { json?: true }): Record<string, unknown> {
  const {
    json: _,
    reasons,
    decoy,
    permissions,
    bootKeys,
    requireStrongbox,
    playLabels,
    requiredDetectors,
    ...others
  } = options;
  return {
    ...others,
    ...(reasons === undefined ? {} : { reasons: reasons === "on" }),
    ...(decoy === undefined ? {} : { decoy: decoy === "on" }),
    ...(permissions === undefined ? {} : { permissions: toList(permissions) }),
    ...(bootKeys === undefined ? {} : { bootKeys: toList(bootKeys) }),
    ...(requireStrongbox === undefined ? {} : { requireStrongBox: requireStrongbox === "on" }),
    ...(playLabels === undefined ? {} : { playLabels: toList(playLabels) }),
    ...(requiredDetectors === undefined ? {} : { requiredDetectors: toList(requiredDetectors) }),
  };
}

const toList = (text: string): readonly string[] => (text === "" ? [] : text.split(",").map((item) => item.trim()));

function toOutcome(paint: Paint, project: ProjectAnswer): Outcome {
  const { anchors, ...settings } = project.settings;
  const text = toFields(paint, [
    ["name", project.name],
    ["kind", project.kind],
    ["id", project.id],
    ["created", `${toTime(project.createdAtMs)} UTC`],
    ["configuration", project.configuration],
    ["manifest", `epoch ${project.manifest.epoch}, version ${project.manifest.version}`],
    [
      "key list",
      `version ${project.keyList.version}${project.keyList.byRecovery ? ", signed by the recovery root" : ""}`,
    ],
    ["test anchors", String(anchors.length)],
    ...Object.entries(settings).map(([name, value]) => [name, toText(value)] as const),
  ]);
  return { json: project, text };
}

function toText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(", ");
  return String(value);
}
