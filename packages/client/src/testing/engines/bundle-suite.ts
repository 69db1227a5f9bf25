import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const suite = fileURLToPath(import.meta.resolve("./engine-suite.ts"));
const nodeCrypto = fileURLToPath(import.meta.resolve("./host/node-crypto.ts"));
const globals = fileURLToPath(import.meta.resolve("./host/globals.ts"));
const engines = new URL("../../../../../testing/engines/package.json", import.meta.url);

/** What hosts add to ECMAScript, hidden from the suite in every engine, so that none is richer than the poorest. */
const hostGlobals = [
  ..."AbortController AbortSignal Blob Event EventTarget FormData Headers ReadableStream Request Response".split(" "),
  ..."TextDecoder TextEncoder URL URLSearchParams WebAssembly WebSocket XMLHttpRequest atob btoa console".split(" "),
  ..."crypto document fetch global indexedDB localStorage navigator performance process queueMicrotask".split(" "),
  ..."require self setInterval setTimeout structuredClone window".split(" "),
];

/** The suite as one classic script for any engine of ES2020 that leaves `runSuite` in the global `countersign`. */
export async function bundleSuite(): Promise<string> {
  const result = await build({
    entryPoints: [suite],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "countersign",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["@countersign/source", "import"],
    target: "es2020",
    alias: { "node:crypto": nodeCrypto },
    inject: [globals],
  });
  const script = result.outputFiles[0]?.text ?? "";
  return `var countersign = (function (${hostGlobals.join(", ")}) {\n${script}\nreturn countersign;\n})();\n`;
}

interface Babel {
  transformSync(code: string, options: object): { code?: string | null } | null;
}

/** Runs the suite and prints its results as one line, where there is a command line. */
export const printResults = `
countersign.runSuite().then(
  function (results) { (typeof print === "function" ? print : console.log)(JSON.stringify(results)); }
);
`;

/** The script as React Native's preset makes it for Hermes. Throws where `npm ci --prefix testing/engines` was not run. */
export function lowerForHermes(script: string): string {
  const load = createRequire(engines);
  const babel = load("@babel/core") as Babel;
  const preset = load.resolve("@react-native/babel-preset");
  const presets = [[preset, { enableBabelRuntime: false, unstable_transformProfile: "hermes-stable" }]];
  const options = { presets, babelrc: false, configFile: false, compact: true, sourceType: "script" };
  return babel.transformSync(script, options)?.code ?? "";
}
