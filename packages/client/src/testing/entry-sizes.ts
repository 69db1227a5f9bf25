import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** The libraries of curves, hashes and ciphers: an app that has them already pays for them once. */
const cryptography = ["@noble/curves", "@noble/hashes", "@noble/ciphers"];
const react = ["react", "react/*", "react-dom"];

/** What an app imports beside the core; all but `./web` use parts of it. */
const additions = ["approov", "interceptors", "native", "oauth", "react", "values", "web"] as const;

export type EntryName = "core" | "core with curves" | `./${(typeof additions)[number]}`;

/** Bytes after gzip at level 9 of everything the entries export, minified by esbuild. The app brings React. */
async function sizeOf(entries: readonly string[], without: readonly string[] = []): Promise<number> {
  const result = await build({
    stdin: {
      contents: entries.map((entry, at) => `export * as entry${at} from "./${entry}";`).join("\n"),
      resolveDir: fileURLToPath(new URL("..", import.meta.url)),
    },
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["@countersign/source", "import"],
    target: "es2022",
    external: [...react, ...without.flatMap((name) => [name, `${name}/*`])],
  });
  return gzipSync(result.outputFiles[0]?.contents ?? new Uint8Array(0), { level: 9 }).length;
}

/** Gzipped bytes of the core with and without its libraries, and what every other entry that runs in an app adds to it. */
export async function entrySizes(): Promise<Readonly<Record<EntryName, number>>> {
  const core = await sizeOf(["index.ts"]);
  const sizes = additions.map(
    async (name) => [`./${name}`, (await sizeOf(["index.ts", `${name}/index.ts`])) - core] as const,
  );
  return Object.fromEntries([
    ["core", await sizeOf(["index.ts"], cryptography)],
    ["core with curves", core],
    ...(await Promise.all(sizes)),
  ]) as Record<EntryName, number>;
}
