import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import type { createAgent } from "../agent.ts";
import type { createNodePorts } from "../node/index.ts";
import type { AgentPorts } from "../ports.ts";

/** One piece of today's source that an older agent did not have: the text occurs exactly once in the file. */
export interface Lack {
  /** Path from the repository's root. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** An agent as an app of that time has it built in. */
export interface OlderAgent {
  readonly createAgent: typeof createAgent;
  readonly createNodePorts: (...args: Parameters<typeof createNodePorts>) => AgentPorts;
}

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const source = join(root, "packages/client/src");
const entries = `export { createAgent } from "./index.ts";
export { createNodePorts } from "./node/index.ts";`;

/**
 * The agent of today with knowledge taken out of its source, bundled and loaded as a module of its own: every line that is not named is the real
 * agent's, and what it then makes of a manifest is what an agent without those lines makes of it.
 */
export async function buildOlderAgent(lacks: readonly Lack[]): Promise<OlderAgent> {
  const missed = new Set(lacks.map(({ file }) => join(root, file)));
  const folder = mkdtempSync(join(tmpdir(), "older-agent-"));
  try {
    const { outputFiles } = await build({
      stdin: { contents: entries, resolveDir: source, loader: "ts" },
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      conditions: ["@countersign/source", "import"],
      target: "es2022",
      plugins: [
        {
          name: "lacks",
          setup({ onLoad }) {
            onLoad({ filter: /\.ts$/ }, ({ path }) => {
              const own = lacks.filter(({ file }) => join(root, file) === path);
              if (own.length === 0) return undefined;
              missed.delete(path);
              return { contents: own.reduce(without, readFileSync(path, "utf8")), loader: "ts" };
            });
          },
        },
      ],
    });
    if (missed.size > 0) throw new Error(`not part of an agent: ${[...missed].join(", ")}`);
    const file = join(folder, "agent.mjs");
    writeFileSync(file, outputFiles[0]?.text ?? "");
    return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as OlderAgent;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function without(text: string, { file, find, replace }: Lack): string {
  const count = text.split(find).length - 1;
  if (count !== 1) throw new Error(`${JSON.stringify(find)} occurs ${count} times in ${file}`);
  return text.replace(find, () => replace);
}
