import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

/** Where `install-swift.sh` put the compiler; null before. */
export const swiftFolder: string | null =
  [join(import.meta.dirname, ".swift")].find((folder) => existsSync(join(folder, ".stands"))) ?? null;

export interface CompiledSwift {
  /** Errors and warnings as the compiler prints them: `file:line:column: error: …`. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** A path as programs see it there: the machine's files lie below /host. */
export const inside = (path: string): string => `/host${resolve(path)}`;

/** A program of the tree and its arguments, as this machine runs it. */
function inTree(...command: readonly string[]): readonly [file: string, args: readonly string[]] {
  if (swiftFolder === null) throw new TypeError("testing/native/install-swift.sh first");
  return [join(import.meta.dirname, "run-swift.sh"), [swiftFolder, ...command]];
}

function compile(options: readonly string[], into: string, sources: readonly string[]): CompiledSwift {
  const [file, args] = inTree(
    "swiftc",
    "-module-cache-path",
    inside(join(into, "cache")),
    "-I",
    inside(into),
    "-I",
    inside(join(import.meta.dirname, "swift-stubs")),
    "-Xcc",
    "-I/usr/include/webkitgtk-4.1",
    ...options,
    ...sources.map(inside),
  );
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: "utf8", maxBuffer: 64 << 20 });
  const text = `${stdout}${stderr}`;
  // Twice, where a note belongs to a place in another file.
  const lines = [...new Set(text.split("\n"))].map((line) => line.replace(/^\/host/, ""));
  const errors = lines.filter((line) => /(?:^|: )(?:fatal )?error: /.test(line));
  if (status !== 0 && errors.length === 0) errors.push(`error: ${text}`);
  return { errors, warnings: lines.filter((line) => /^\/.*: warning: /.test(line)) };
}

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(file, "utf8").matchAll(/^(?:@\w+ )*import (\w+)$/gm)].map(([, name = ""]) => name);

const nameOf = (file: string): string => basename(file, ".swift");

/** Modules of one file each, those first that others import. */
function inOrder(files: readonly string[]): readonly string[] {
  const names = new Set(files.map(nameOf));
  const done: string[] = [];
  while (done.length < files.length) {
    const ready = files.filter(
      (file) =>
        !done.includes(file) &&
        importsOf(file).every((each) => !names.has(each) || done.some((before) => nameOf(before) === each)),
    );
    if (ready.length === 0) throw new Error("modules import each other");
    done.push(...ready);
  }
  return done;
}

/** Compiles each file as a module of its name into a folder, with its object file. */
export function compileSwiftModules(files: readonly string[], into: string): CompiledSwift {
  mkdirSync(into, { recursive: true });
  const all = inOrder(files).map((file) => {
    const module = ["-emit-module", "-emit-module-path", inside(join(into, `${nameOf(file)}.swiftmodule`))];
    const object = ["-emit-object", "-o", inside(join(into, `${nameOf(file)}.o`))];
    const options = ["-swift-version", "5", "-parse-as-library", "-wmo", "-module-name", nameOf(file)];
    return compile([...options, ...module, ...object], into, [file]);
  });
  return { errors: all.flatMap(({ errors }) => errors), warnings: all.flatMap(({ warnings }) => warnings) };
}

/**
 * Copies of sources whose `import Foundation` brings along what Apple's Foundation has and the one of Linux has not: file by file, so that a missing
 * import is missed. There is no Objective-C on Linux: names for it are left out. Lines keep their numbers.
 */
function supplemented(sources: readonly string[], into: string, isSimulator: boolean): ReadonlyMap<string, string> {
  return new Map(
    sources.map((file, index) => {
      // main.swift is known by its name.
      const copy = join(into, String(index), basename(file));
      mkdirSync(dirname(copy), { recursive: true });
      const text = readFileSync(file, "utf8")
        .replace(/^import Foundation$/m, "import Foundation; import AppleFoundation")
        .replaceAll(/@objc(?:\([\w:]*\))?(?= |$)/gm, "")
        .replaceAll("#if targetEnvironment(simulator)", `#if ${isSimulator}`);
      writeFileSync(copy, text);
      return [copy, file];
    }),
  );
}

/** Compiles sources as one module over the modules of a folder, as far as it has errors to tell. With `program` they are linked, and their main.swift runs. */
export function compileSwift(options: {
  readonly sources: readonly string[];
  readonly modules: string;
  readonly version: "5" | "6";
  /** What stands below `#if targetEnvironment(simulator)` instead of what stands below its `#else`. */
  readonly isSimulator?: boolean;
  readonly program?: string;
  /** Countersign, where nothing is said, which others may import from the modules' folder then. */
  readonly moduleName?: string;
}): CompiledSwift {
  const name = options.moduleName ?? "Countersign";
  const copies = supplemented(options.sources, join(options.modules, "sources"), options.isSimulator ?? false);
  const objects = readdirSync(options.modules)
    .filter((name) => name.endsWith(".o"))
    .map((name) => inside(join(options.modules, name)));
  const end =
    options.program === undefined
      ? [
          "-emit-sil",
          "-o",
          inside(join(options.modules, `${name}.sil`)),
          "-emit-module-path",
          inside(join(options.modules, `${name}.swiftmodule`)),
        ]
      : ["-o", inside(options.program), ...objects];
  const compiled = compile(["-swift-version", options.version, "-wmo", "-module-name", name, ...end], options.modules, [
    ...copies.keys(),
  ]);
  const named = (lines: readonly string[]): readonly string[] =>
    lines.map((line) => {
      const [copy = ""] = /^[^:]+/.exec(line) ?? [];
      return line.replace(copy, copies.get(copy) ?? copy);
    });
  return { errors: named(compiled.errors), warnings: named(compiled.warnings) };
}

/** What a program prints. Paths among its arguments are to be written `inside`. */
export async function runSwift(program: string, ...values: readonly string[]): Promise<string> {
  const [file, args] = inTree(inside(program), ...values);
  const { stdout } = await promisify(execFile)(file, args, { encoding: "utf8", maxBuffer: 16 << 20, timeout: 120_000 });
  return stdout;
}

/** Swift files below a folder. */
export function swiftSources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".swift"))
    .sort()
    .map((name) => join(folder, name));
}
