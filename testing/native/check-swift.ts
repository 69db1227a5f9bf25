import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { nativeModule } from "./installed.ts";
import type { IosSurface } from "./read-ios-types.ts";
import { expoNames, swiftModules, swiftNames, swiftStandard } from "./swift-names.ts";

/** A node of tree-sitter's, as far as it is looked at. */
export interface SwiftNode {
  readonly type: string;
  readonly text: string;
  readonly isError: boolean;
  readonly isMissing: boolean;
  readonly startPosition: { readonly row: number };
  readonly parent: SwiftNode | null;
  readonly previousSibling: SwiftNode | null;
  readonly children: readonly SwiftNode[];
}

/** Of web-tree-sitter, which is installed in this folder alone. */
interface TreeSitter {
  readonly Parser: {
    init(): Promise<void>;
    new (): { setLanguage(language: unknown): void; parse(text: string): { readonly rootNode: SwiftNode } | null };
  };
  readonly Language: { load(file: string): Promise<unknown> };
}

export interface SwiftSource {
  readonly file: string;
  readonly root: SwiftNode;
}

/** Parses Swift with tree-sitter's grammar. */
export async function parseSwift(files: readonly string[]): Promise<readonly SwiftSource[]> {
  const at = pathToFileURL(nativeModule("web-tree-sitter", "tree-sitter.js")).href;
  const { Language, Parser } = (await import(at)) as TreeSitter;
  await Parser.init();
  const language = await Language.load(nativeModule("tree-sitter-wasms", "out", "tree-sitter-swift.wasm"));
  return files.map((file) => {
    const parser = new Parser();
    parser.setLanguage(language);
    const tree = parser.parse(readFileSync(file, "utf8"));
    if (tree === null) throw new Error(`${file} was not parsed`);
    return { file, root: tree.rootNode };
  });
}

function below(node: SwiftNode): readonly SwiftNode[] {
  return node.children.flatMap((child) => [child, ...below(child)]);
}

const at = ({ file }: SwiftSource, node: SwiftNode): string => `${file}:${node.startPosition.row + 1}`;

/** Swift takes no `try` to the right of `? :`, which the grammar lets pass. */
function isMisplacedTry(node: SwiftNode): boolean {
  return node.type === "try_expression" && node.parent?.type === "ternary_expression" && node.previousSibling !== null;
}

/** Places that do not parse. */
export function syntaxErrors(sources: readonly SwiftSource[]): readonly string[] {
  return sources.flatMap((source) =>
    below(source.root)
      .filter((node) => node.isError || node.isMissing || isMisplacedTry(node))
      .map((node) => `${at(source, node)}: ${node.text.slice(0, 60)}`),
  );
}

const declaring = new Set([
  "class_declaration",
  "enum_entry",
  "function_declaration",
  "lambda_parameter",
  "parameter",
  "pattern",
  "protocol_declaration",
  "protocol_function_declaration",
  "typealias_declaration",
  "type_parameter",
]);
const binding = new Set(["guard_statement", "if_statement"]);
const isName = (node: SwiftNode): boolean => node.type === "simple_identifier" || node.type === "type_identifier";

/** A name that `guard let` or `if let` binds stands after `let` or `var`. */
function isBound(node: SwiftNode): boolean {
  if (node.parent === null || !binding.has(node.parent.type)) return false;
  return node.previousSibling !== null && /^(?:let|var)$/.test(node.previousSibling.text);
}

/** Names that these sources declare themselves, members, parameters and labels included. */
function ownNames(sources: readonly SwiftSource[]): ReadonlySet<string> {
  const names = sources.flatMap(({ root }) => below(root).filter(isName));
  return new Set(
    names.filter((node) => declaring.has(node.parent?.type ?? "") || isBound(node)).map(({ text }) => text),
  );
}

/** `attestKey` of `attestKey(_:clientDataHash:)`. */
const baseOf = (name: string): string => name.replace(/\(.*$/, "");
const labelsOf = (name: string): readonly string[] =>
  (/\((.*)\)$/.exec(name)?.[1] ?? "").split(":").filter((label) => label !== "");

/** Names in the sources that neither they, nor Swift's library, nor the platform has. */
export function unknownNames(sources: readonly SwiftSource[], surface: IosSurface): readonly string[] {
  const renamed = Object.keys(swiftNames).flatMap((name) => [baseOf(name), ...labelsOf(name)]);
  const known = new Set([...ownNames(sources), ...swiftStandard, ...swiftModules, ...expoNames, ...renamed]);
  const isKnown = (name: string): boolean =>
    known.has(name) || surface.functions.has(name) || surface.types.has(name) || surface.values.has(name);
  return sources.flatMap((source) =>
    below(source.root)
      .filter((node) => isName(node) && !isKnown(node.text))
      .map((node) => `${at(source, node)}: ${node.text}`),
  );
}

interface Call {
  readonly place: string;
  readonly name: string;
  readonly labels: readonly string[];
}

function callsOf(source: SwiftSource): readonly Call[] {
  return below(source.root).flatMap((node) => {
    if (node.type !== "call_expression") return [];
    const callee = node.children[0];
    const suffix = node.children.find((child) => child.type === "call_suffix");
    const values = suffix?.children.find((child) => child.type === "value_arguments");
    if (callee === undefined || values === undefined) return [];
    // A subscript has the same form.
    if (!values.text.startsWith("(")) return [];
    const given = values.children.filter((child) => child.type === "value_argument");
    const labels = given.map(
      (each) => each.children.find((child) => child.type === "value_argument_label")?.text ?? "_",
    );
    const name = /[\w$]+$/.exec(callee.text)?.[0] ?? "";
    return [{ place: at(source, node), name, labels }];
  });
}

/** Calls of the platform that it does not take: a function of C with another number of arguments, a renamed method with other labels. */
export function wrongCalls(sources: readonly SwiftSource[], surface: IosSurface): readonly string[] {
  const own = ownNames(sources);
  return sources.flatMap(callsOf).flatMap(({ place, name, labels }) => {
    const written = `${place}: ${name}(${labels.map((label) => `${label}:`).join("")})`;
    const expected = surface.functions.get(name);
    if (expected !== undefined && !own.has(name)) return expected === labels.length ? [] : [written];
    const rows = Object.keys(swiftNames).filter((row) => row.includes("(") && baseOf(row) === name);
    if (rows.length === 0 || own.has(name)) return [];
    const isPlain = labels.every((label) => label === "_") && /^[A-Z]/.test(name);
    return isPlain || rows.some((row) => labelsOf(row).join() === labels.join()) ? [] : [written];
  });
}

/** Rows of names whose declaration the platform does not have, or that no source uses. */
export function strayNames(sources: readonly SwiftSource[], surface: IosSurface): readonly string[] {
  const used = new Set(sources.flatMap(({ root }) => below(root).filter(isName)).map(({ text }) => text));
  return Object.entries(swiftNames).flatMap(([name, target]) => {
    const [type = "", member] = target.split(".");
    const exists =
      member === undefined ? surface.types.has(type) || surface.values.has(type) : surface.types.get(type)?.has(member);
    return exists === true && used.has(baseOf(name)) ? [] : [`${name} = ${target}`];
  });
}
