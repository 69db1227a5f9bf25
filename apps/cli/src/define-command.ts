import { Command } from "commander";
import type { CliContext } from "./cli-context.ts";
import { CliFailure } from "./cli-failure.ts";
import { type CommandName, jsonShapes } from "./json-shapes.ts";

/** What a command has to say: the answer as `--json` prints it, and as people read it. */
export interface Outcome {
  readonly json: object;
  readonly text: string;
  /** Whose JSON it is, where an option has the command do another's work. Default: its own. */
  readonly of?: CommandName;
}

/** Prints an outcome: one JSON object on one line with exactly the documented members, or the text. */
export function printOutcome(context: CliContext, name: CommandName, asJson: boolean, outcome: Outcome): void {
  context.io.stdout(asJson ? `${toJsonLine(toShape(outcome.of ?? name, outcome.json))}\n` : outcome.text);
}

/** The same JSON with what could move a cursor or turn a line written as escapes: a token's claims may hold anything. */
function toJsonLine(json: object): string {
  return JSON.stringify(json).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (text) =>
    text.replaceAll(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}

/**
 * A command with `--json` whose outcome is printed once it is done. `usage` is its name and arguments, as in `set <name>`; `options` are its own options
 * as commander has them, by name.
 */
export function defineCommand<Options>(
  context: CliContext,
  name: CommandName,
  usage: string,
  description: string,
  options: (command: Command) => Command,
  run: (args: readonly string[], options: Options) => Promise<Outcome>,
): Command {
  const command = options(createCommand(usage, description));
  return command.action(async () => {
    const outcome = await run(command.args, command.opts<object>() as Options);
    printOutcome(context, name, command.opts<{ json?: true }>().json === true, outcome);
  });
}

/** The bare command: name, arguments, description and `--json`. */
export function createCommand(usage: string, description: string): Command {
  const [name = "", ...args] = usage.split(" ");
  const command = new LeafCommand(name).description(description).option("--json", "print one JSON object");
  for (const arg of args) command.argument(arg);
  return command;
}

/** A command that holds no others: one of 64 ids of instances and keys begins with a hyphen, and is an argument all the same. */
class LeafCommand extends Command {
  override parseOptions(args: string[]): ReturnType<Command["parseOptions"]> {
    const { operands, unknown } = super.parseOptions(args);
    const options = unknown.filter((arg) => arg.startsWith("-") && !isGeneratedId(arg));
    return options.length === 0 ? { operands: [...operands, ...unknown], unknown: [] } : { operands, unknown };
  }
}

/** 8, 16 or 32 bytes in base64url; what could be a mistyped long option is taken for one. */
function isGeneratedId(arg: string): boolean {
  return /^(?:[A-Za-z0-9_-]{11}|[A-Za-z0-9_-]{22}|[A-Za-z0-9_-]{43})$/.test(arg) && !/^--[a-z-]+$/.test(arg);
}

/** A command that only holds others. */
export function createGroup(name: string, description: string, commands: readonly Command[]): Command {
  const group = new Command(name).description(description);
  for (const command of commands) group.addCommand(command);
  return group;
}

/** Option parser of an option that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

function toShape(name: CommandName, answer: object): Record<string, unknown> {
  const members = new Map<string, unknown>(Object.entries(answer));
  return Object.fromEntries(
    jsonShapes[name].map((member) => {
      if (!members.has(member)) {
        throw new CliFailure(
          "service_foreign",
          "The service's answer lacks a member that this version needs. Are both of one version?",
          1,
        );
      }
      return [member, members.get(member)];
    }),
  );
}
