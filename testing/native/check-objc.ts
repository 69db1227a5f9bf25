import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { swiftFolder } from "./compile-swift.ts";

const modules = join(import.meta.dirname, "../../examples/astropiks/app/node_modules");
const react = join(modules, "react-native");

/** Whether the example app's packages are there, of which the headers and the codegen are. */
export const hasReactNative: boolean = existsSync(react);

const inside = (path: string): string => `/host${resolve(path)}`;

/** Headers as CocoaPods lays them out: those of a pod flat below its name, whatever folder of React Native's they are in. */
const pods: Readonly<Record<string, readonly string[]>> = {
  React: ["React/Base", "React/CxxUtils", "Libraries/Network"],
  RCTRequired: ["Libraries/Required"],
  RCTDeprecation: ["ReactApple/Libraries/RCTFoundation/RCTDeprecation/Exported"],
};

/** Headers that lie below React Native as they are included. */
const roots = [
  "ReactCommon",
  "ReactCommon/callinvoker",
  "ReactCommon/jsi",
  "ReactCommon/react/nativemodule/core",
  "ReactCommon/react/nativemodule/core/platform/ios",
  "ReactCommon/runtimeexecutor",
];

/** Runs React Native's own codegen over the TurboModule's specification; gives the folder of what it made for Objective-C++. */
export function generateSpec(spec: string, into: string): string {
  const codegen = join(modules, "@react-native/codegen/lib");
  const schema = join(into, "schema.json");
  execFileSync(process.execPath, [join(codegen, "cli/combine/combine-js-to-schema-cli.js"), schema, spec]);
  const { generate } = createRequire(import.meta.url)(join(codegen, "generators/RNCodegen.js")) as {
    generate(of: Readonly<Record<string, unknown>>, what: { readonly generators: readonly string[] }): unknown;
  };
  const { codegenConfig } = JSON.parse(
    readFileSync(join(import.meta.dirname, "../../packages/react-native/package.json"), "utf8"),
  ) as { readonly codegenConfig: { readonly name: string } };
  const options = {
    libraryName: codegenConfig.name,
    outputDirectory: into,
    packageName: "dev.countersign.reactnative",
  };
  generate(
    { ...options, schema: JSON.parse(readFileSync(schema, "utf8")), assumeNonnull: true },
    { generators: ["modulesIOS"] },
  );
  return into;
}

/** A folder of React Native's real headers. What they need of Apple's, and what of them needs too much of it, stands in objc-stubs, which goes before. */
export function linkHeaders(into: string): string {
  for (const [pod, folders] of Object.entries(pods)) {
    mkdirSync(join(into, pod), { recursive: true });
    for (const folder of folders)
      for (const name of readdirSync(join(react, folder)).filter((each) => each.endsWith(".h")))
        symlinkSync(inside(join(react, folder, name)), join(into, pod, name));
  }
  return into;
}

/** Errors and warnings of clang over one file of Objective-C (.m) or Objective-C++ (.mm), whose own text may be another. */
export function checkObjectiveC(
  file: string,
  include: readonly string[],
  headers: string,
  text?: string,
): readonly string[] {
  if (swiftFolder === null) throw new TypeError("testing/native/install-swift.sh first");
  const source = text === undefined ? file : join(headers, basename(file));
  if (text !== undefined) writeFileSync(source, text);
  const stubs = join(import.meta.dirname, "objc-stubs");
  const language = file.endsWith(".mm") ? ["-x", "objective-c++", "-std=c++20"] : ["-x", "objective-c"];
  const own = [stubs, ...include].flatMap((folder) => ["-I", inside(folder)]);
  const foreign = [headers, ...roots.map((folder) => join(react, folder))].flatMap((folder) => [
    "-isystem",
    inside(folder),
  ]);
  const options = [
    "-fsyntax-only",
    "-fobjc-arc",
    "-fblocks",
    "-fobjc-runtime=ios-15.0",
    "-Wall",
    "-Wextra",
    "-Wno-unused-parameter",
  ];
  const command = [swiftFolder, "clang", ...options, ...language, ...own, ...foreign, inside(source)];
  const { status, stderr } = spawnSync(join(import.meta.dirname, "run-swift.sh"), command, { encoding: "utf8" });
  const said = stderr.split("\n").filter((line) => /: (?:fatal error|error|warning): /.test(line));
  return status !== 0 && said.length === 0 ? [stderr] : said;
}
