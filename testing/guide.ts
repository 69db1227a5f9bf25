import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The text of a page's code blocks in one language, in order. */
export function blocksOf(page: string, language: string): readonly string[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, block = ""]) => block);
}

/** The commands of a page's shell blocks, each with its continued lines, without comments. */
export function commandsOf(page: string): readonly string[] {
  const lines = blocksOf(page, "sh").flatMap((text) => text.replaceAll("\\\n", " ").trimEnd().split("\n"));
  return lines.map((line) => line.replace(/\s+#.*$/, "").replaceAll(/ {2,}/g, " "));
}

/** One thing that a reader of a tutorial does: a line for a shell, or a program, saved under the path of its first line. */
export type Step =
  | { readonly kind: "command"; readonly line: string }
  | { readonly kind: "program"; readonly path: string; readonly text: string };

/** What a reader does, in the page's order. */
export function stepsOf(page: string): readonly Step[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].flatMap(([, language, block = ""]) => {
    if (language === "sh") {
      const lines = block.trimEnd().split("\n");
      return lines.map((line): Step => ({ kind: "command", line }));
    }
    const [, path = ""] = /^\/\/ ~\/(\S+)\n/.exec(block) ?? [];
    return [{ kind: "program", path, text: block }];
  });
}

/** What a command said and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Somebody with an empty home who follows a guide by heart, and the service they started. */
export interface Follower {
  readonly origin: string;
  readonly folder: string;
  /** Gives a line to a shell, in the project's folder. */
  run(line: string, input?: string): Promise<Ended>;
  /** Starts a line that goes on, in a terminal of its own; resolves once it said a whole line, with a look at all it has said by then. */
  begin(line: string): Promise<() => readonly string[]>;
  /** Runs modules of these texts; `main.mjs` is what is started. They find the workspace's packages. */
  runModules(files: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>): Promise<Ended>;
  stop(): void;
}

/** What npx finds in the project is run without npm's own start, of which the guides have dozens; the README's test has it. */
const runsFromFolder = 'npx() { "$@"; }; ';

function gather(child: ChildProcess, input: string): Promise<Ended> {
  let [out, err] = ["", ""];
  child.stdout?.on("data", (part: Buffer) => (out += part.toString()));
  child.stderr?.on("data", (part: Buffer) => (err += part.toString()));
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, out, err })));
}

export interface FollowerOptions {
  /** Further options of `countersign serve`. */
  readonly serve?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a service on a free port and logs in to it. */
export async function startFollower({ serve = "", env: more = {} }: FollowerOptions = {}): Promise<Follower> {
  const folder = mkdtempSync(join(tmpdir(), "guide-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const env = {
    PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH ?? ""}`,
    HOME: folder,
    COUNTERSIGN_DATA: join(folder, "data"),
    COUNTERSIGN_STATUS_LIST_FETCH: "off",
    npm_config_update_notifier: "false",
    ...more,
  };
  const started = new Set<ChildProcess>();
  const start = (program: string, args: readonly string[], more: object = {}, cwd = root): ChildProcess => {
    const child = spawn(program, args, { cwd, env: { ...env, ...more }, detached: true, stdio: "pipe" });
    started.add(child);
    child.once("close", () => started.delete(child));
    return child;
  };
  const run = (line: string, input = ""): Promise<Ended> =>
    gather(start("bash", ["-c", `${runsFromFolder}${line}`]), input);
  const service = start("bash", ["-c", `exec npx countersign serve --port 0 --json ${serve}`]);
  const origin = await new Promise<string>((resolve, reject) => {
    let [out, err] = ["", ""];
    service.stdout?.on("data", (part: Buffer) => {
      out += part.toString();
      if (out.includes("\n")) resolve((JSON.parse(out) as { readonly origin: string }).origin);
    });
    service.stderr?.on("data", (part: Buffer) => (err += part.toString()));
    service.once("close", () => reject(new Error(`the service ended: ${err}`)));
  });
  const token = readFileSync(join(folder, "data", "bootstrap-token"), "utf8");
  const login = await run(`npx countersign login --url ${origin} --name you`, token);
  if (login.code !== 0) throw new Error(login.err);
  return {
    origin,
    folder,
    run,
    begin: (line) => {
      const child = start("bash", ["-c", `${runsFromFolder}${line}`]);
      let [out, err] = ["", ""];
      const said = (): readonly string[] => out.split("\n").slice(0, -1);
      return new Promise((resolve, reject) => {
        child.stdout?.on("data", (part: Buffer) => {
          out += part.toString();
          if (out.includes("\n")) resolve(said);
        });
        child.stderr?.on("data", (part: Buffer) => (err += part.toString()));
        child.once("close", () => reject(new Error(`ended: ${err}`)));
      });
    },
    runModules: (files, more = {}) => {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      const main = ["--conditions=@countersign/source", join(folder, "main.mjs")];
      return gather(start(process.execPath, main, more, folder), "");
    },
    stop: () => {
      for (const { pid } of started) if (pid !== undefined) process.kill(-pid, "SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
