import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { nativeModule } from "./installed.ts";

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
