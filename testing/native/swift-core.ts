import { type ChildProcess, spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { compileSwift, compileSwiftModules, swiftFolder, swiftSources } from "./compile-swift.ts";

const ios = join(import.meta.dirname, "../../packages/react-native/ios");

/** Compiles the host of the core, but for the one file over Apple's own native half, into a program that speaks lines of JSON. Gives the errors. */
export function compileSwiftCore(into: string): readonly string[] {
  const modules = join(into, "modules");
  const stubs = compileSwiftModules(swiftSources(join(import.meta.dirname, "swift-stubs")), modules);
  const core = swiftSources(join(ios, "Core")).filter((file) => !file.endsWith("CountersignAgent.swift"));
  const sources = [
    ...core,
    join(ios, "Agent/Protocol/Base64Url.swift"),
    ...swiftSources(join(import.meta.dirname, "swift-core")),
  ];
  return [...stubs.errors, ...compileSwift({ sources, modules, version: "5", program: join(into, "core") }).errors];
}

/** The program, with a script in its engine: lines go in, and come out to `onLine`. */
export function startSwiftCore(
  into: string,
  script: string,
  onLine: (line: string) => void,
): { readonly child: ChildProcess; readonly write: (value: unknown) => void } {
  const program = `/host${resolve(join(into, "core"))}`;
  const runner = join(import.meta.dirname, "run-swift.sh");
  const child = spawn(runner, [swiftFolder ?? "", program], { stdio: ["pipe", "pipe", "inherit"] });
  // Whoever ends the program may have written to it yet.
  child.stdin.on("error", () => {});
  const write = (value: unknown): void => void child.stdin.write(`${JSON.stringify(value)}\n`);
  createInterface({ input: child.stdout }).on("line", onLine);
  write(script);
  return { child, write };
}
