import type { CliIo } from "./cli-io.ts";

/** Log lines wait until what is started is up: a start that fails says one line, and that is why it failed. */
export function createHeldLog(io: CliIo): { write(line: string): void; release(): void } {
  let held: string[] | null = [];
  return {
    write: (line) => void (held === null ? io.stderr(line) : held.push(line)),
    release: () => {
      const lines = held ?? [];
      held = null;
      for (const line of lines) io.stderr(line);
    },
  };
}
