import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What is taken of one file of Expo's sources: classes with the names of their members, and functions that stand alone. */
export interface ExpoSlice {
  /** Below `expo-modules-core/android/src`. */
  readonly file: string;
  readonly classes: Readonly<Record<string, readonly string[]>>;
  readonly functions?: readonly string[];
}

const kotlin = "main/java/expo/modules/kotlin";

/** What a module is written with. */
export const expoSlices: readonly ExpoSlice[] = [
  {
    file: `${kotlin}/modules/Module.kt`,
    classes: { Module: ["appContext", "definition", "sendEvent"] },
    functions: ["ModuleDefinition"],
  },
  {
    file: `${kotlin}/modules/ModuleDefinitionBuilder.kt`,
    classes: { InternalModuleDefinitionBuilder: ["Name", "OnCreate", "OnDestroy"], ModuleDefinitionBuilder: [] },
  },
  {
    file: "withoutCompose/expo/modules/kotlin/views/ModuleDefinitionBuilderComposeExtension.kt",
    classes: { ModuleDefinitionBuilderWithCompose: [] },
  },
  {
    file: `${kotlin}/objects/ObjectDefinitionBuilder.kt`,
    classes: { ObjectDefinitionBuilder: ["Function", "AsyncFunction", "Events"] },
  },
  { file: `${kotlin}/Promise.kt`, classes: { Promise: ["resolve", "reject"] } },
  { file: `${kotlin}/AppContext.kt`, classes: { AppContext: ["reactContext"] } },
  { file: `${kotlin}/exception/CodedException.kt`, classes: { CodedException: ["code", "constructor"] } },
];

/** Types of Kotlin and Java that need no stub. */
const known =
  /^(?:Unit|Any|String|Int|Long|Double|Boolean|Array|Map|List|Throwable|Exception|Enum|ByteArray|R|T|P\d|Bundle|Context)$/;

/** Index after the bracket that closes the one at `at`. */
function afterBracket(text: string, at: number): number {
  const closes: Readonly<Record<string, string>> = { "(": ")", "{": "}", "<": ">" };
  const open = text.charAt(at);
  let depth = 0;
  for (let index = at; index < text.length; index += 1) {
    // The arrow of a function type is no bracket.
    if (text.startsWith("->", index)) index += 2;
    if (text.charAt(index) === open) depth += 1;
    if (text.charAt(index) === closes[open]) depth -= 1;
    if (depth === 0) return index + 1;
  }
  throw new Error("a bracket is not closed");
}

interface Declaration {
  /** Without body, supertypes or initial value. */
  readonly head: string;
  readonly isAbstract: boolean;
}

const modifiers = /(?:@JvmName\("\w+"\)\s+)?(?:(?:inline|override|open|abstract|final) )*/.source;

/** Every function of that name with a declared type, or none of it and a body in braces. */
function functionsOf(text: string, name: string): readonly Declaration[] {
  const heads = new RegExp(`^[ \\t]*(${modifiers})fun (?:<[^(]*> )?(?:\\w+\\.)?${name}\\(`, "gm");
  return [...text.matchAll(heads)].flatMap((match) => {
    const end = afterBracket(text, match.index + match[0].length - 1);
    const type = /^: [\w<>.?, ]+(?=\s*[{=\n])/.exec(text.slice(end))?.[0].trimEnd() ?? "";
    const rest = text.slice(end + type.length);
    // Without a declared type the type would have to be inferred from the body; what is bounded by `where` no module of ours uses.
    if ((type === "" && /^\s*=/.test(rest)) || rest.startsWith(" where ")) return [];
    const head = `${text.slice(match.index, end)}${type}`.trim();
    return [{ head, isAbstract: (match[1] ?? "").includes("abstract") }];
  });
}

function propertiesOf(text: string, name: string): readonly Declaration[] {
  const found = new RegExp(`^[ \\t]*((?:override |open )*val ${name}(?:: [\\w<>.?]+)?)\\s`, "m").exec(text)?.[1];
  return found === undefined ? [] : [{ head: found.replace("override ", ""), isAbstract: false }];
}

function bodyOf(
  text: string,
  name: string,
): { readonly head: string; readonly parents: readonly string[]; readonly body: string } {
  const match = new RegExp(`^((?:abstract |open )?(?:class|interface) ${name})\\b`, "m").exec(text);
  if (match === null) throw new Error(`Expo has no class ${name}`);
  const after = match.index + match[0].length;
  const end = /^\s*\(/.test(text.slice(after)) ? afterBracket(text, text.indexOf("(", after)) : after;
  const supers = /^\s*:\s*([^{\n]+)/.exec(text.slice(end))?.[1] ?? "";
  const brace = /^[^{\n]*(?:\([^)]*\))?\s*\{/.exec(text.slice(end));
  const start = brace === null ? end : end + brace[0].length - 1;
  const body = brace === null ? "" : text.slice(start, afterBracket(text, start));
  const parents = [...supers.matchAll(/\b([A-Z]\w*)(\()?/g)].map(([, each = "", call]) =>
    call === undefined ? each : `${each}()`,
  );
  return { head: match[1] ?? "", parents: parents.filter((each) => each.endsWith("()")), body };
}

const thrown = "= throw NotImplementedError()";

function writeMember({ head, isAbstract }: Declaration): string {
  if (isAbstract) return head;
  if (/^(?:open )?val /.test(head)) return `${head.includes(":") ? head : `${head}: String?`} get() ${thrown}`;
  const hasType = /\)\s*: [^)]*$/.test(head);
  return `${head.replaceAll(/ = [\w.]+(?=[,)])/g, " = null")}${hasType ? "" : ": Unit"} ${thrown}`;
}

/** `constructor(a: A, b: B = null)` of a class, its primary one and the others, as they are declared. */
function constructorsOf(text: string, body: string, name: string, parents: readonly string[]): readonly string[] {
  const primary = new RegExp(`class ${name}\\(([^)]*)\\)`).exec(text)?.[1] ?? "";
  const others = [...body.matchAll(/^\s+constructor\(([^)]*)\)/gm)].map(([, parameters = ""]) => parameters);
  const toSuper = parents.length > 0 ? " : super()" : "";
  return [primary, ...others].map(
    (parameters) => `constructor(${parameters.replaceAll(/\s+/g, " ").trim()})${toSuper}`,
  );
}

function writeClass(text: string, name: string, members: readonly string[], own: ReadonlySet<string>): string {
  const { head, parents, body } = bodyOf(text, name);
  const kept = parents.filter((parent) => own.has(parent.replace("()", "")) || parent === "Exception()");
  const declared = members.flatMap((member) => {
    if (member === "constructor") return [];
    const found = [...functionsOf(body, member), ...propertiesOf(body, member)];
    if (found.length === 0) throw new Error(`Expo's ${name} has no ${member}`);
    return found.map(writeMember);
  });
  const constructors = members.includes("constructor") ? constructorsOf(text, body, name, kept) : [];
  const above = constructors.length > 0 ? kept.map((each) => each.replace("()", "")) : kept;
  return `${head}${above.length > 0 ? ` : ${above.join(", ")}` : ""} {\n${[...constructors, ...declared].join("\n")}\n}`;
}

/**
 * Writes Kotlin sources that declare a slice of Expo's module interface, from Expo's own sources: the heads of what is named, with bodies that throw, and
 * empty classes for the types that they speak of. Throws where Expo has no such class or member. The paths written.
 */
export function makeExpoStubs(expoSources: string, slices: readonly ExpoSlice[], folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  const own = new Set(slices.flatMap(({ classes }) => Object.keys(classes)));
  const shells = new Map<string, string>();
  const files = slices.map(({ file, classes, functions = [] }, index) => {
    const text = readFileSync(join(expoSources, file), "utf8");
    const namespace = /^package ([\w.]+)/m.exec(text)?.[1] ?? "";
    const alone = functions.flatMap((name) => {
      const found = functionsOf(text, name);
      if (found.length === 0) throw new Error(`Expo has no function ${name}`);
      return found.map(writeMember);
    });
    const written = [
      ...Object.entries(classes).map(([name, members]) => writeClass(text, name, members, own)),
      ...alone,
    ];
    const imports = new Map(
      [...text.matchAll(/^import ([\w.]+\.(\w+))$/gm)].map(([, path = "", name = ""]) => [name, path]),
    );
    const names = new Set(written.join("\n").match(/\b[A-Z]\w*\b/g) ?? []);
    for (const name of names) {
      const path = imports.get(name) ?? `${namespace}.${name}`;
      const isType = new RegExp(`[:<(] ?${name}\\b`).test(written.join("\n"));
      if (isType && path.startsWith("expo.") && !own.has(name) && !known.test(name)) shells.set(name, path);
    }
    const used = [...imports]
      .filter(([name]) => names.has(name) && !known.test(name))
      .map(([, path]) => `import ${path}`);
    const platform = [...imports].filter(([name, path]) => names.has(name) && path.startsWith("android."));
    const target = join(folder, `Expo${index}.kt`);
    writeFileSync(
      target,
      [
        '@file:Suppress("ALL")',
        `package ${namespace}`,
        ...used,
        ...platform.map(([, path]) => `import ${path}`),
        ...written,
      ].join("\n"),
    );
    return target;
  });
  const shellFiles = [...shells].map(([name, path]) => {
    const target = join(folder, `Shell${name}.kt`);
    writeFileSync(target, `package ${path.slice(0, path.lastIndexOf("."))}\nclass ${name}\n`);
    return target;
  });
  return [...files, ...shellFiles];
}
