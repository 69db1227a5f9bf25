import { type JsonNode, parseJsonText } from "./json-text.ts";
import * as limits from "./limits.ts";
import type { Slot } from "./slot.ts";
import { isWellFormed } from "./utf8.ts";

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** RFC 6901 reference tokens. */
function tokensOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function child(node: JsonNode, token: string): JsonNode | undefined {
  if (node.kind === "object") return node.members.get(token);
  if (node.kind === "array" && /^(?:0|[1-9][0-9]{0,8})$/.test(token)) return node.items[Number(token)];
  return undefined;
}

/** A JSON body whose values can be replaced where they stand; everything else of the text is kept as it was written. */
export class JsonDraft {
  readonly #text: string;
  readonly #root: JsonNode;
  readonly #edits: Edit[] = [];

  constructor(text: string, root: JsonNode) {
    this.#text = text;
    this.#root = root;
  }

  /** Null where the text is not JSON with unique member names and a depth of at most 64. */
  static read(text: string): JsonDraft | null {
    const read = parseJsonText(text, limits.fillJsonDepth);
    return read.ok ? new JsonDraft(text, read.root) : null;
  }

  /** The value at a pointer, or the free spot for one in an existing object. */
  slot(pointer: string): Slot | null {
    const tokens = tokensOf(pointer);
    const last = tokens.pop();
    let parent: JsonNode | undefined = this.#root;
    for (const token of tokens) parent = parent === undefined ? undefined : child(parent, token);
    if (parent === undefined || last === undefined) return null;
    const node = child(parent, last);
    if (node !== undefined) {
      const current = node.kind === "string" ? node.value : "";
      return { key: `json ${pointer}`, current, put: (value) => this.#put(node.start, node.end, value, "") };
    }
    if (parent.kind !== "object") return null;
    const { end, members } = parent;
    return {
      key: `json ${pointer}`,
      current: null,
      put: (value) => {
        const first = members.size === 0 && !this.#edits.some((edit) => edit.start === end - 1 && edit.end === end - 1);
        return this.#put(end - 1, end - 1, value, `${first ? "" : ","}${JSON.stringify(last)}:`);
      },
    };
  }

  #put(start: number, end: number, value: string, before: string): boolean {
    if (!isWellFormed(value)) return false;
    if (this.#edits.some((edit) => edit.start < end && start < edit.end)) return false;
    this.#edits.push({ start, end, text: before + JSON.stringify(value) });
    return true;
  }

  /** The text with every edit, or null where there is none. */
  changed(): string | null {
    if (this.#edits.length === 0) return null;
    let text = "";
    let at = 0;
    for (const edit of [...this.#edits].sort((a, b) => a.start - b.start)) {
      text += this.#text.slice(at, edit.start) + edit.text;
      at = edit.end;
    }
    return text + this.#text.slice(at);
  }
}
