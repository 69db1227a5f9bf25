import type { CliContext } from "../cli-context.ts";

const WIDTH = 24;

/** A bar on standard error for a file that is read, where that is a terminal. */
export interface ReadProgress {
  /** `share` of the file from 0 to 1; a second reading of it begins anew. */
  show(share: number): void;
  end(): void;
}

export function createReadProgress({ io }: CliContext, what: string): ReadProgress {
  let last = -1;
  return {
    show(share) {
      const percent = Math.floor(Math.min(1, share) * 100);
      if (io.isErrorTerminal !== true || percent === last) return;
      last = percent;
      const filled = Math.round((percent / 100) * WIDTH);
      io.stderr(`\r\u001b[K${what} ${"█".repeat(filled)}${"░".repeat(WIDTH - filled)} ${percent} %`);
    },
    end() {
      if (last >= 0) io.stderr("\r\u001b[K");
      last = -1;
    },
  };
}
