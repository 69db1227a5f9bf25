import { homedir } from "node:os";
import type { Readable } from "node:stream";

/** What a run of the program sees of the world. */
export interface CliIo {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  stdout(text: string): void;
  stderr(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Whether standard error is one: progress is shown there alone. Default false. */
  readonly isErrorTerminal?: boolean;
  readonly home: string;
  /** Resolves when the process is asked to stop (SIGTERM, SIGINT). */
  stopRequested(): Promise<void>;
}

/** The real process. */
export function processIo(): CliIo {
  return {
    stdin: process.stdin,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    env: process.env,
    isTerminal: process.stdout.isTTY === true,
    isErrorTerminal: process.stderr.isTTY === true,
    home: homedir(),
    stopRequested: () =>
      new Promise((resolve) => {
        process.once("SIGTERM", () => resolve());
        process.once("SIGINT", () => resolve());
      }),
  };
}
