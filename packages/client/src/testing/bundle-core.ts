import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Bundles entries of this package into one classic script that leaves its exports in the global `countersign`. */
export async function bundle(contents: string): Promise<string> {
  const result = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL("..", import.meta.url)), loader: "ts" },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "countersign",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["@countersign/source", "import"],
    target: "es2022",
  });
  return result.outputFiles[0]?.text ?? "";
}
