#!/usr/bin/env node
// Runs on any Node: says which one is needed, and finds the program (TypeScript sources in the workspace, dist once published).
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const neededMajor = 24;
const sources = fileURLToPath(new URL("../src/main.ts", import.meta.url));

if (Number(process.versions.node.split(".")[0]) < neededMajor) {
  process.stderr.write(`countersign needs Node ${neededMajor} or newer; this is Node ${process.versions.node}.\n`);
  process.exitCode = 2;
} else {
  silenceExperimentalWarnings();
  if (existsSync(sources)) runSources();
  else await import("../dist/main.js");
}

/** `node:sqlite` and `process.execve` still announce themselves as experimental on some Nodes; a line on stderr means failure here. */
function silenceExperimentalWarnings() {
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") process.stderr.write(`${warning.name}: ${warning.message}\n`);
  });
}

/** Becomes a Node that resolves the workspace's packages to their sources. */
function runSources() {
  const flags = ["--conditions=@countersign/source", "--disable-warning=ExperimentalWarning"];
  const args = [...flags, sources, ...process.argv.slice(2)];
  if (typeof process.execve === "function" && process.platform !== "win32") {
    process.execve(process.execPath, [process.execPath, ...args], process.env);
    return;
  }
  const child = spawn(process.execPath, args, { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 1;
  });
}
