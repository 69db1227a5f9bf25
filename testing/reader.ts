import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** What a reader of a guide for an app does: gives a line to a shell, writes a file, joins settings to those of `app.json`. */
export type ReaderStep =
  | { readonly kind: "command"; readonly line: string }
  | { readonly kind: "file"; readonly path: string; readonly text: string }
  | { readonly kind: "settings"; readonly text: string };

/** The steps of a page in its order, up to a heading. A file's first line says its path. */
export function stepsUpTo(heading: string, page: string): readonly ReaderStep[] {
  const [text = "", rest] = readFileSync(join(root, page), "utf8").split(`\n## ${heading}\n`);
  if (rest === undefined) throw new TypeError(`${page} has no heading ${heading}`);
  return [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].flatMap(([, language = "", block = ""]): ReaderStep[] => {
    const lines = block.trimEnd().split("\n");
    if (language === "sh") return lines.map((line) => ({ kind: "command", line }));
    if (language === "json") return [{ kind: "settings", text: block }];
    const [, path] = /^(?:\/\/|#) (\S+)\n/.exec(block) ?? [];
    if (path === undefined) throw new TypeError(`a block of ${page} says no file: ${block}`);
    return [{ kind: "file", path, text: block }];
  });
}

/** The command that a page names in a sentence, by its first words. */
export function namedCommand(words: string, page: string): string {
  const [, line] = new RegExp(`\`(${words}[^\`]*)\``).exec(readFileSync(join(root, page), "utf8")) ?? [];
  if (line === undefined) throw new TypeError(`${page} names no command ${words}`);
  return line;
}

/** A reader's shells, in a folder of their own. */
export interface Reader {
  /** Runs a line to its end; `said` is all of both outputs. */
  run(line: string, cwd: string, input?: string): Promise<{ readonly code: number | null; readonly said: string }>;
  /** Runs a line that goes on, in a terminal of its own, up to the words that are waited for; gives these. */
  begin(line: string, cwd: string, words: RegExp): Promise<string>;
  stop(): void;
}

export function createReader(env: Readonly<Record<string, string>>): Reader {
  const running: ChildProcess[] = [];
  const start = (line: string, cwd: string, hear: (part: string) => void): ChildProcess => {
    const child = spawn("bash", ["-c", line], { cwd, env, detached: true, stdio: "pipe" });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => hear(part.toString()));
    child.stdin.on("error", () => undefined);
    return child;
  };
  return {
    run: (line, cwd, input = "") => {
      let said = "";
      const child = start(line, cwd, (part) => (said += part));
      child.stdin?.end(input);
      return new Promise((resolve) => child.once("close", (code) => resolve({ code, said })));
    },
    begin: (line, cwd, words) =>
      new Promise((resolve, reject) => {
        let said = "";
        const child = start(line, cwd, (part) => {
          said += part;
          const [heard] = words.exec(said) ?? [];
          if (heard !== undefined) resolve(heard);
        });
        child.once("close", () => reject(new Error(`${line} ended: ${said}`)));
        running.push(child);
      }),
    stop: () => {
      const alive = running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
      for (const { pid } of alive) if (pid !== undefined) process.kill(-pid, "SIGKILL");
    },
  };
}
