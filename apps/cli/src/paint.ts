import type { CliIo } from "./cli-io.ts";

export type Paint = (style: "bold" | "dim" | "red" | "green" | "yellow", text: string) => string;

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** Colours on a terminal only, and not where NO_COLOR is set to anything (no-color.org). */
export function createPaint(io: Pick<CliIo, "isTerminal" | "env">): Paint {
  const plain = !io.isTerminal || (io.env.NO_COLOR ?? "") !== "" || io.env.TERM === "dumb";
  return plain ? (_style, text) => text : (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m`;
}
