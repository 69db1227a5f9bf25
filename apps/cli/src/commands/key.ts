import { type Command, Option } from "commander";
import type { KeyAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure } from "../cli-failure.ts";
import { createGroup, defineCommand, type Outcome } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { readHidden } from "../hidden-input.ts";
import { toLeadSeconds, toTimeMs } from "../moment.ts";
import type { Paint } from "../paint.ts";
import { refuseValueArguments, withoutValueArguments } from "../refuse-value-arguments.ts";
import { toFields, toTable, toTime } from "../table.ts";

interface TargetOptions extends ProjectOption {
  readonly attester?: true;
}

interface RotateOptions extends TargetOptions {
  readonly in?: number;
  readonly now?: true;
}

interface ActivateOptions extends ProjectOption {
  readonly now?: true;
}

interface RetireOptions extends ProjectOption {
  readonly at?: number;
  readonly now?: true;
}

interface ExportOptions extends ProjectOption {
  readonly format?: string;
  readonly reveal?: true;
  readonly decoy?: true;
}

interface ChangeAnswer {
  readonly key: KeyAnswer;
  readonly replaced: readonly KeyAnswer[];
}

/** `countersign key …`: what signs tokens. */
export function keyCommand(context: CliContext): Command {
  return createGroup("key", "Token keys: what signs the tokens of APIs.", [
    list(context),
    rotate(context),
    stage(context),
    activate(context),
    retire(context),
    exportKey(context),
    importSecret(context),
  ]);
}

const list = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "key list",
    "list",
    "List the token keys and how they stand.",
    (command) => command.option(...projectOption),
    async (_, options) => {
      const { client, path } = await openProject(context, options.project);
      const answer = (await client.get(path("token-keys"))) as { keys: readonly KeyAnswer[] };
      const rows = answer.keys.map((key) => [
        key.kid,
        ownerOf(key),
        key.alg,
        key.state,
        toActive(key),
        key.retiresAtMs === null ? "-" : toTime(key.retiresAtMs),
      ]);
      const heading = ["KEY", "FOR", "ALG", "STATE", "SIGNS FROM (UTC)", "ENDS (UTC)"];
      return { json: answer, text: toTable(context.paint, heading, rows, "No key yet.") };
    },
  );

const rotate = (context: CliContext): Command =>
  defineCommand<RotateOptions>(
    context,
    "key rotate",
    "rotate [api]",
    "Make a key that takes over from the others once it is known everywhere.",
    (command) =>
      command
        .option(...projectOption)
        .option("--attester", "the keys of client attestations, instead of an API's")
        .option("--in <time>", "when it is to sign, such as 24h; default 6m, a secret has no default", toLeadSeconds)
        .option("--now", "an emergency: it signs at once, and the others are worth nothing"),
    async ([api], options) => {
      const { client, path } = await openProject(context, options.project);
      const answer = await client.send("POST", path("token-keys", "rotate"), {
        ...toTarget(api, options),
        ...(options.in !== undefined && { inSeconds: options.in }),
        ...(options.now && { now: true }),
      });
      return toChange(context.paint, answer as ChangeAnswer);
    },
  );

const stage = (context: CliContext): Command =>
  defineCommand<TargetOptions>(
    context,
    "key stage",
    "stage [api]",
    "Make a key that is known, or exported, before it is activated.",
    (command) =>
      command.option(...projectOption).option("--attester", "the keys of client attestations, instead of an API's"),
    async ([api], options) => {
      const { client, path } = await openProject(context, options.project);
      const answer = await client.send("POST", path("token-keys", "stage"), toTarget(api, options));
      return toOutcome(context.paint, answer as KeyAnswer);
    },
  );

const activate = (context: CliContext): Command =>
  defineCommand<ActivateOptions>(
    context,
    "key activate",
    "activate <kid>",
    "Have a staged key take over: a secret at once, a public key once every cache has it.",
    (command) => command.option(...projectOption).option("--now", "at once, though caches may not have the key yet"),
    async ([kid = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      const body = options.now ? { now: true } : {};
      return toChange(
        context.paint,
        (await client.send("POST", path("token-keys", kid, "activate"), body)) as ChangeAnswer,
      );
    },
  );

const retire = (context: CliContext): Command =>
  defineCommand<RetireOptions>(
    context,
    "key retire",
    "retire <kid>",
    "Set the end of a key: by default when the last token it may sign has ended.",
    (command) =>
      command
        .option(...projectOption)
        .option("--at <time>", "UTC day or time, `2027-01-31` or `2027-01-31T12:00Z`", toTimeMs)
        .option("--now", "an emergency: what it has signed is worth nothing from now on"),
    async ([kid = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      const answer = await client.send("POST", path("token-keys", kid, "retire"), {
        ...(options.at !== undefined && { atMs: options.at }),
        ...(options.now && { now: true }),
      });
      return toOutcome(context.paint, answer as KeyAnswer);
    },
  );

const exportKey = (context: CliContext): Command =>
  defineCommand<ExportOptions>(
    context,
    "key export",
    "export <key>",
    "Print what a backend verifies with: a public key, or a secret with --reveal. The key is a key's or an API's id.",
    (command) =>
      command
        .option(...projectOption)
        .addOption(
          new Option("--format <format>", "default base64 for a secret, pem for a public key").choices([
            "base64",
            "base64url",
            "pem",
            "jwk",
          ]),
        )
        .option("--reveal", "print a secret")
        .option("--decoy", "the secret under which the API's decoys are signed"),
    async ([name = ""], options) => {
      const { client, path } = await openProject(context, options.project);
      const { keys } = (await client.get(path("token-keys"))) as { keys: readonly KeyAnswer[] };
      const answer = (await client.send("POST", path("token-keys", "export"), {
        ...(keys.some(({ kid }) => kid === name) ? { kid: name } : { api: name }),
        ...(options.format !== undefined && { format: options.format }),
        ...(options.reveal && { reveal: true }),
        ...(options.decoy && { decoy: true }),
      })) as { readonly value: string };
      return { json: answer, text: `${answer.value.trimEnd()}\n` };
    },
  );

const importSecret = (context: CliContext): Command =>
  defineCommand<ProjectOption>(
    context,
    "key import",
    "import <api>",
    "Take over an HS256 secret that backends hold already, base64 or base64url. It is read from standard input, or asked for.",
    (command) => withoutValueArguments(command).option(...projectOption),
    async (args, options) => {
      const [api = ""] = refuseValueArguments(args, 1);
      const { client, path } = await openProject(context, options.project);
      const secret = await readHidden(context.io, "secret");
      return toChange(
        context.paint,
        (await client.send("POST", path("token-keys", "import"), { api, secret })) as ChangeAnswer,
      );
    },
  );

function toTarget(api: string | undefined, { attester }: TargetOptions): object {
  if ((api === undefined) !== (attester === true)) {
    throw new CliFailure("key_target_missing", "Name an API, or give --attester: one of the two.");
  }
  return api === undefined ? { attester: true } : { api };
}

function ownerOf({ purpose, api }: KeyAnswer): string {
  if (purpose === "attester") return "client attestations";
  return api ?? "shared";
}

function toActive({ activeFromMs }: KeyAnswer): string {
  return activeFromMs === null ? "when activated" : toTime(activeFromMs);
}

function toChange(paint: Paint, answer: ChangeAnswer): Outcome {
  const ends = answer.replaced.map(({ kid, retiresAtMs }) => `${kid} ends ${toTime(retiresAtMs ?? 0)} UTC.\n`);
  return { json: answer, text: `${toOutcome(paint, answer.key).text}${ends.join("")}` };
}

function toOutcome(paint: Paint, key: KeyAnswer): Outcome {
  const text = toFields(paint, [
    ["key", key.kid],
    ["for", ownerOf(key)],
    ["alg", key.alg],
    ["state", key.state],
    ["signs from", toActive(key)],
    ["ends", key.retiresAtMs === null ? "-" : toTime(key.retiresAtMs)],
  ]);
  return { json: key, text };
}
