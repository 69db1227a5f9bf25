import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { compileKotlin, kotlinLibraries, kotlinSources, platformImports } from "./compile-kotlin.ts";
import { androidDeclarations, nativeModule } from "./installed.ts";
import { makeAndroidStubs } from "./make-android-stubs.ts";
import { memberDescriptors } from "./member-descriptors.ts";
import { readAndroidTypes } from "./read-android-types.ts";

const android = join(import.meta.dirname, "../../packages/react-native/android");
const here = join(import.meta.dirname, "kotlin-core");

/** Compiles the host of the core, the bridge and the agent under it, and a program over the host that speaks lines of JSON. Gives errors and warnings. */
export function compileKotlinCore(into: string): readonly string[] {
  const rooms = ["agent", "bridge", "core"].map((room) => join(android, room, "src/main/kotlin"));
  const sources = [...rooms, here].flatMap(kotlinSources);
  const stubs = join(into, "stubs");
  makeAndroidStubs(
    readAndroidTypes(nativeModule(...androidDeclarations)),
    platformImports(sources),
    memberDescriptors,
    stubs,
  );
  const { errors, warnings } = compileKotlin({ sources, classPath: [stubs], into: join(into, "classes") });
  return [...errors, ...warnings];
}

const classPathOf = (into: string): string =>
  [join(into, "classes"), join(into, "stubs"), ...kotlinLibraries()].join(":");

/**
 * Whether an app that asks again from within an answer gets one, and once the engine is gone, whether its connections went too, and whether who asks then is told; then
 * what two engines were asked, the second in place of one that went while the app was in the background.
 */
export const answersGiven = (into: string): readonly string[] =>
  execFileSync("java", ["-cp", classPathOf(into), "dev.countersign.core.AnswerDialogueKt"])
    .toString("utf8")
    .trim()
    .split("\n");

/** The program, with a script in its engine: lines go in, and come out to `onLine`. */
export function startKotlinCore(
  into: string,
  script: string,
  onLine: (line: string) => void,
): { readonly child: ChildProcess; readonly write: (value: unknown) => void } {
  const engine = [process.execPath, join(here, "engine.cjs")];
  const child = spawn("java", ["-cp", classPathOf(into), "dev.countersign.core.CoreProgramKt", ...engine], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  // Whoever ends the program may have written to it yet.
  child.stdin.on("error", () => {});
  const write = (value: unknown): void => void child.stdin.write(`${JSON.stringify(value)}\n`);
  createInterface({ input: child.stdout }).on("line", onLine);
  write(script);
  return { child, write };
}
