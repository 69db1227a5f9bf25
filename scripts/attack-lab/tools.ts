import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { hasAndroidTools } from "../../testing/android-tools.ts";
import { hasMitmproxy } from "../../testing/mitmproxy.ts";

/** The Expo app and its own packages. */
export const expoApp: string = join(import.meta.dirname, "../../examples/astropiks/app");
export const expoProgram: string = join(expoApp, "node_modules/expo/bin/cli");
export const hermesc: string = join(expoApp, "node_modules/hermes-compiler/hermesc/linux64-bin/hermesc");

const demanded: readonly (readonly [string, boolean])[] = [
  ["aapt, smali, zipalign, apksigner, apktool, android-framework-res (Debian)", hasAndroidTools],
  ["mitmproxy (Debian)", hasMitmproxy],
  ["enjarify (Debian)", existsSync("/usr/bin/enjarify")],
  ["procyon-decompiler (Debian)", existsSync("/usr/bin/procyon")],
  ["strings, of binutils (Debian)", existsSync("/usr/bin/strings")],
  ["the Expo app's packages (`npm ci --prefix examples/astropiks/app`)", existsSync(expoProgram)],
];

/** What the laboratory needs and this machine has not. */
export function missingTools(): readonly string[] {
  return demanded.filter(([, isThere]) => !isThere).map(([name]) => name);
}

/** Runs a tool, and gives what it printed. */
export function run(program: string, args: readonly string[], cwd?: string): Buffer {
  return execFileSync(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    maxBuffer: 512 * 1024 * 1024,
    stdio: ["ignore", "pipe", "pipe"],
    // enjarify is Debian's, and wants Debian's Python.
    env: { ...process.env, PATH: `/usr/bin:${process.env.PATH ?? ""}` },
  });
}

/** Every file below a folder. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
