import { Readable } from "node:stream";
import { runCli } from "../apps/cli/src/run-cli.ts";

export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export type CommandLine = (args: readonly string[], input?: string) => Promise<Printed>;

/** The command line in this process, as one administrator of one service; without a terminal, a home or a stored login. */
export const commandLineOf =
  (origin: string, administrator: string): CommandLine =>
  async (args, input = "") => {
    const printed = { out: "", err: "" };
    const code = await runCli(args, {
      stdin: Readable.from([Buffer.from(input)]),
      stdout: (text) => {
        printed.out += text;
      },
      stderr: (text) => {
        printed.err += text;
      },
      env: { COUNTERSIGN_URL: origin, COUNTERSIGN_TOKEN: administrator },
      isTerminal: false,
      home: "/nonexistent",
      stopRequested: () => new Promise(() => {}),
    });
    return { code, ...printed };
  };
