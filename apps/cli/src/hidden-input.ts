import { isCancel, password } from "@clack/prompts";
import { CliFailure } from "./cli-failure.ts";
import type { CliIo } from "./cli-io.ts";

const MOST_BYTES = 64 * 1024;

/**
 * A secret text: from standard input where that is no terminal (one line break at the end is taken off), else from a prompt that
 * shows a mark for each character. Never from an argument: other users see those in the process list, and shells keep them.
 */
export async function readHidden(io: CliIo, what: string): Promise<string> {
  const text = io.stdin.isTTY === true ? await ask(what) : await readAll(io, what);
  if (text === "") {
    throw new CliFailure(
      "value_missing",
      `The ${what} is missing. Pipe it to standard input, or run this in a terminal to be asked for it.`,
    );
  }
  return text;
}

async function ask(what: string): Promise<string> {
  const answer = await password({ message: `${what.charAt(0).toUpperCase()}${what.slice(1)}`, output: process.stderr });
  if (isCancel(answer)) throw new CliFailure("cancelled", "Cancelled. Nothing was changed.");
  return answer ?? "";
}

async function readAll(io: CliIo, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of io.stdin) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MOST_BYTES) throw new CliFailure("value_too_large", `The ${what} on standard input is too large.`);
    chunks.push(bytes);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
    return text.replace(/\r?\n$/, "");
  } catch {
    throw new CliFailure("value_not_text", `The ${what} on standard input is not UTF-8 text.`);
  }
}
