import { CommanderError } from "commander";
import { createCliContext } from "./cli-context.ts";
import { CliFailure, type ExitCode } from "./cli-failure.ts";
import type { CliIo } from "./cli-io.ts";
import { printable } from "./printable.ts";
import { createProgram } from "./program.ts";

/**
 * Runs the program once. Output goes to `io`; a failure is exactly one line on standard error (with `--json` one JSON object
 * `{"error":{"code","message"}}`), never a stack and never a secret.
 *
 * @param argv arguments after the program's name.
 * @returns the exit code: 0 done, 1 refused or failed, 2 the caller must change input, environment or credentials.
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  let exit: ExitCode = 0;
  const program = createProgram(createCliContext(io), (code) => {
    exit = code;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const failure = toFailure(error);
    const { code, message } = failure;
    io.stderr(
      argv.includes("--json") ? `${JSON.stringify({ error: { code, message } })}\n` : `countersign: ${message}\n`,
    );
    return failure.exit;
  }
}

function toFailure(error: unknown): CliFailure {
  if (error instanceof CliFailure) return error;
  if (error instanceof CommanderError) return new CliFailure("usage", toUsage(error));
  if (error instanceof Error && error.name === "StartError" && "code" in error && "action" in error) {
    return new CliFailure(String(error.code), printable(`${error.message} ${String(error.action)}`));
  }
  // The message of a stranger may hold anything, a value included.
  const kind = error instanceof Error ? ("code" in error ? String(error.code) : error.name) : typeof error;
  return new CliFailure("internal", `This failed in a way that was not foreseen (${printable(kind)}).`, 1);
}

/** Commander's message as one line; what it repeats of an unknown option ends before the value. */
function toUsage(error: CommanderError): string {
  const message = error.message.split("\n")[0]?.replace(/^error: /, "") ?? "";
  const help = "See `countersign --help`.";
  if (error.code === "commander.help") return `a command is missing. ${help}`;
  if (error.code === "commander.unknownOption") return `${printable(message.replace(/=.*$/s, "'"))}. ${help}`;
  if (error.code === "commander.unknownCommand") return `${printable(message)}. ${help}`;
  return `${printable(message.replace(/\.$/, ""))}.`;
}
