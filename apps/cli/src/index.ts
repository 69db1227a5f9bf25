/** The program as a function: `runCli(argv, io)` gives the exit code. */
export type { ExitCode } from "./cli-failure.ts";
export { type CliIo, processIo } from "./cli-io.ts";
export { runCli } from "./run-cli.ts";
