import { type Command, Option } from "commander";
import { CliFailure } from "./cli-failure.ts";

const refused = (): CliFailure =>
  new CliFailure(
    "value_as_argument",
    "A secret is never given as an argument, where other users and the shell's history see it. Pipe it to standard input, and change it: it may be known now.",
  );

const refuse = (): never => {
  throw refused();
};

/** Lets the wrong spellings of a value reach our own refusal, which does not repeat them. */
export function withoutValueArguments(command: Command): Command {
  for (const name of ["value", "secret", "token", "password"]) {
    command.addOption(new Option(`--${name} [text]`).hideHelp().argParser(refuse).preset(""));
  }
  return command.allowExcessArguments();
}

/** The `count` arguments that a command has; one more would be a value. */
export function refuseValueArguments(args: readonly string[], count: number): readonly string[] {
  if (args.length > count) throw refused();
  return args;
}
