import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nativeModule } from "./installed.ts";

export interface Compiled {
  /** Errors and warnings as the compiler prints them: `file:line:column: error: …`. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Kotlin's own libraries, for the class path of what was compiled. */
export const kotlinLibraries = (): readonly string[] => ["kotlin-stdlib.jar", "annotations-13.0.jar"].map(inCompiler);

function inCompiler(name: string): string {
  return nativeModule("kotlin-compiler", "lib", name);
}

/** Compiles Kotlin sources in one call of JetBrains' compiler, for JVM 1.8 and without invokedynamic, as Android's tools turn it all into. */
export function compileKotlin(options: {
  readonly sources: readonly string[];
  readonly classPath: readonly string[];
  readonly into: string;
  readonly moduleName?: string;
}): Compiled {
  const compilerPath = [
    "kotlin-compiler",
    "kotlin-stdlib",
    "kotlin-script-runtime",
    "kotlin-reflect",
    "kotlinx-coroutines-core-jvm",
    "annotations-13.0",
  ];
  const classPath = [...kotlinLibraries(), ...options.classPath].join(":");
  const settings = [
    "-no-stdlib",
    "-no-reflect",
    "-jvm-target",
    "1.8",
    "-Xlambdas=class",
    "-Xsam-conversions=class",
    "-module-name",
    options.moduleName ?? "countersign-agent",
  ];
  const ran = spawnSync(
    "java",
    [
      "-Xmx768m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-cp",
      compilerPath.map((name) => inCompiler(`${name}.jar`)).join(":"),
      "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler",
      ...settings,
      "-classpath",
      classPath,
      "-d",
      options.into,
      ...options.sources,
    ],
    { encoding: "utf8", maxBuffer: 16 << 20 },
  );
  const lines = `${ran.stdout}${ran.stderr}`.split("\n");
  const errors = lines.filter((line) => /(?:^|: )(?:error|exception): /.test(line));
  if (ran.status !== 0 && errors.length === 0) errors.push(`error: ${lines.join("\n")}`);
  return { errors, warnings: lines.filter((line) => /: warning: /.test(line)) };
}

/** Kotlin files below a folder. */
export function kotlinSources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".kt"))
    .sort()
    .map((name) => join(folder, name));
}

/** Names of the platform's classes that these sources import. */
export function platformImports(sources: readonly string[]): readonly string[] {
  const names = sources.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/^import (android\.[\w.]+)/gm)].map(([, name = ""]) => name),
  );
  return [...new Set(names)].sort((a, b) => a.localeCompare(b));
}
