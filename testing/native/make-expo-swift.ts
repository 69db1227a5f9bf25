import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What is taken of one file of Expo's sources: functions that stand alone, and types with the names of their members. */
export interface ExpoSwiftSlice {
  /** Below `expo-modules-core/ios`. */
  readonly file: string;
  readonly functions?: readonly string[];
  readonly types?: Readonly<Record<string, readonly string[]>>;
}

/** Of expo-modules-core: what a module and a subscriber of the app's start are written with. */
export const expoModulesCore: readonly ExpoSwiftSlice[] = [
  { file: "Api/Factories/ModuleFactories.swift", functions: ["Name"] },
  { file: "Api/Factories/EventListenersFactories.swift", functions: ["OnCreate", "OnDestroy"] },
  { file: "Api/Factories/SyncFunctionFactories.swift", functions: ["Function"] },
  { file: "Api/Factories/AsyncFunctionFactories.swift", functions: ["AsyncFunction"] },
  { file: "Api/Factories/ConcurrentFunctionFactories.swift", functions: ["AsyncFunction"] },
  { file: "Core/Promise.swift", types: { Promise: ["resolve", "reject"] } },
  { file: "Core/Protocols/AnyDefinition.swift", types: { AnyDefinition: [] } },
  { file: "Core/Protocols/AnyModule.swift", types: { AnyModule: ["init", "definition"] } },
  { file: "Core/Modules/Module.swift", types: { BaseModule: ["init", "sendEvent"], Module: [] } },
  { file: "Core/Modules/ModuleDefinitionBuilder.swift", types: { ModuleDefinitionBuilder: ["buildBlock"] } },
  { file: "Core/Arguments/AnyArgument.swift", types: { AnyArgument: [] } },
  {
    file: "AppDelegates/ExpoAppDelegateSubscriber.swift",
    types: {
      BaseExpoAppDelegateSubscriber: ["init"],
      ExpoAppDelegateSubscriberProtocol: ["subscriberDidRegister", "appDelegateWillBeginInitialization"],
      ExpoAppDelegateSubscriber: [],
    },
  },
];

/** Of the package expo: what gives its fetch a configuration. */
export const expoFetch: readonly ExpoSwiftSlice[] = [
  { file: "Fetch/ExpoFetchModule.swift", types: { URLSessionConfigurationProvider: [] } },
  {
    file: "Fetch/ExpoFetchCustomExtension.swift",
    types: { ExpoFetchCustomExtension: ["setCustomURLSessionConfigurationProvider"] },
  },
];

const withoutComments = (text: string): string =>
  text
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/^\s*\/\/.*$/gm, "")
    .replaceAll(/@objc(?:\(\w+\))?\s+|@convention\(block\)\s+/g, "");
const attributes = /(?:@\w+(?:\([^)]*\))?\s+)*/.source;
const modifiers = /(?:(?:public|open|internal|private\(set\)|static|override|required|optional|nonisolated|final) )*/
  .source;

/** Heads of the functions or initializers of that name, whole, without their bodies. */
function headsOf(text: string, name: string): readonly string[] {
  const callee = name === "init" ? "init" : `func ${name}`;
  const head = new RegExp(
    `^[ \\t]*(${attributes}${modifiers}${callee}\\b[^{}]*?)(?=\\s*\\{|\\n\\s*\\n|\\n\\s*\\})`,
    "gm",
  );
  return [...text.matchAll(head)].map(([, found = ""]) => found.replaceAll(/\s+/g, " ").trim());
}

const unusable = /unavailable|NSCoder|Optimized/;
const body = " { fatalError() }";

/** `public struct Promise: AnyArgument, Sendable` and what is between its braces; of a typealias, the whole. */
function typeOf(text: string, name: string): { readonly head: string; readonly inside: string } {
  const head = new RegExp(
    `^(${attributes}(?:public|open) (?:final )?(?:class|struct|protocol|typealias) ${name}\\b[^{\\n]*)`,
    "m",
  );
  const match = head.exec(text);
  if (match === null) throw new Error(`Expo has no type ${name}`);
  const start = match.index + match[0].length;
  const end = text.indexOf("\n}", start);
  return { head: match[0].replaceAll(/\s+/g, " ").trim(), inside: text.slice(start, end + 2) };
}

function writeType(text: string, name: string, members: readonly string[]): string {
  const { head, inside } = typeOf(text, name);
  if (/\btypealias\b/.test(head)) return head;
  const isProtocol = /\bprotocol\b/.test(head);
  const heads = members.flatMap((member) => {
    const found = headsOf(inside, member).filter((each) => !unusable.test(each));
    if (found.length === 0) throw new Error(`Expo's ${name} has no ${member}`);
    return found;
  });
  // Without Objective-C, what a protocol leaves open is what it has a body for.
  const open = isProtocol ? heads.filter((each) => / optional |^optional /.test(each)) : [];
  const plain = (each: string): string => each.replace(/\boptional /, "");
  const written = heads.map((each) => (isProtocol ? plain(each) : `${each}${body}`));
  const extension =
    open.length === 0
      ? ""
      : `\nextension ${name} {\n${open.map((each) => `public ${plain(each)}${body}`.replace(/public (@\w+ )/, "$1public ")).join("\n")}\n}`;
  return `${head} {\n${written.join("\n")}\n}${extension}`;
}

/** Types that heads speak of and that no slice takes, empty: with the parameters that Expo gives them. */
function writeShell(name: string, texts: readonly string[]): string | null {
  const declared = new RegExp(
    `^\\s*(?:@\\w+ )*(?:public|open|internal)? ?(?:final )?(?:class|struct|protocol|enum) ${name}\\b(<[^>{]*>)?`,
    "m",
  );
  // Of the engine's own module, by its headers.
  if (name === "JavaScriptValue") return `open class ${name} {}`;
  const found = texts.map((text) => declared.exec(text)).find((each) => each !== null);
  if (found === undefined || found === null) return null;
  if (/\bprotocol\b/.test(found[0])) return `public protocol ${name} {}`;
  return `open class ${name}${found[1] ?? ""}: AnyDefinition {}`;
}

/**
 * Writes a Swift module that declares a slice of Expo's interface, from Expo's own sources: the heads of what is named, with bodies that end the program.
 * Throws where Expo has no such type, function or member.
 */
export function makeExpoSwift(
  sources: string,
  { over, slices }: { readonly over: string; readonly slices: readonly ExpoSwiftSlice[] },
  file: string,
): void {
  const read = (name: string): string => withoutComments(readFileSync(join(sources, name), "utf8"));
  const written = slices.flatMap(({ file: name, functions = [], types = {} }) => {
    const text = read(name);
    const alone = functions.flatMap((each) => {
      const heads = headsOf(text, each).filter((head) => head.startsWith("public ") && !unusable.test(head));
      if (heads.length === 0) throw new Error(`Expo has no function ${each} in ${name}`);
      return heads.map((head) => `${head}${body}`);
    });
    const conformances = [...text.matchAll(/^extension (\w+): AnyArgument(?: where [^{]*)?(?= \{)/gm)].map(
      ([head]) => `${head} {}`,
    );
    return [
      ...alone,
      ...Object.entries(types).map(([type, members]) => writeType(text, type, members)),
      ...conformances,
    ];
  });
  const taken = new Set(slices.flatMap(({ types = {} }) => Object.keys(types)));
  const texts = readdirSync(sources, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".swift"))
    .map(read);
  const named = [...new Set(written.join("\n").match(/\b[A-Z]\w+\b/g) ?? [])].filter((name) => !taken.has(name));
  const shells = named.flatMap((name) => writeShell(name, texts) ?? []);
  writeFileSync(file, [`@_exported import ${over}`, ...shells, ...written].join("\n"));
}
