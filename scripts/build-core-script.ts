import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The agent's core as the one classic script that native apps evaluate (packages/client/src/native-host). */
export async function coreScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, "packages/client/src/native-host/script.ts")],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["@countersign/source", "import"],
    target: "es2022",
    legalComments: "none",
  });
  return outputFiles[0]?.text ?? "";
}

const [, program, file = join(root, "packages/react-native/core/countersign-core.js")] = process.argv;
if (program === fileURLToPath(import.meta.url)) {
  mkdirSync(dirname(file), { recursive: true });
  // In one step: whoever packs at the same time reads it whole.
  writeFileSync(`${file}.${process.pid}`, await coreScript());
  renameSync(`${file}.${process.pid}`, file);
}
