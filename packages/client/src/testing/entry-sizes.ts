import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** The libraries of curves, hashes and ciphers: an app that has them already pays for them once. */
const cryptography = ["@noble/curves", "@noble/hashes", "@noble/ciphers"];
const react = ["react", "react/*", "react-dom"];

/** What an app takes in: everything an entry exports, minified by esbuild. The app brings React. */
const entries = {
  core: { source: "index.ts", without: cryptography },
  "core with curves": { source: "index.ts", without: [] },
  "./web": { source: "web/index.ts", without: [] },
  "./interceptors": { source: "interceptors/index.ts", without: [] },
  "./react": { source: "react/index.ts", without: [] },
  "./approov": { source: "approov/index.ts", without: [] },
} as const;

export type EntryName = keyof typeof entries;

/** Bytes of one entry after gzip at level 9. */
async function sizeOf({ source, without }: (typeof entries)[EntryName]): Promise<number> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(`../${source}`, import.meta.url))],
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

/** Gzipped bytes of every entry that runs in an app. */
export async function entrySizes(): Promise<Readonly<Record<EntryName, number>>> {
  const sizes = await Promise.all(
    Object.entries(entries).map(async ([name, entry]) => [name, await sizeOf(entry)] as const),
  );
  return Object.fromEntries(sizes) as Record<EntryName, number>;
}
