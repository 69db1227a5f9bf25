import { isWellFormed } from "./utf8.ts";

/** One value of a JSON text with the span it stands at, so that a caller can replace exactly the text that was checked. */
export type JsonNode =
  | {
      readonly kind: "object";
      readonly members: ReadonlyMap<string, JsonNode>;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: "array"; readonly items: readonly JsonNode[]; readonly start: number; readonly end: number }
  | { readonly kind: "string"; readonly value: string; readonly start: number; readonly end: number }
  | { readonly kind: "number"; readonly value: number; readonly start: number; readonly end: number }
  | { readonly kind: "literal"; readonly value: boolean | null; readonly start: number; readonly end: number };

export type JsonFault = "syntax" | "depth" | "duplicate_member" | "lone_surrogate";

export type JsonText =
  | { readonly ok: true; readonly root: JsonNode }
  | { readonly ok: false; readonly fault: JsonFault };

class Fault {
  readonly fault: JsonFault;
  constructor(fault: JsonFault) {
    this.fault = fault;
  }
}

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const plain = /[ !#-[\]-\uffff]*/y;
const space = /[ \t\n\r]*/y;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};
const literals: readonly (readonly [string, boolean | null])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

class Cursor {
  readonly text: string;
  readonly maxDepth: number;
  at = 0;

  constructor(text: string, maxDepth: number) {
    this.text = text;
    this.maxDepth = maxDepth;
  }

  match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? null;
    if (found !== null) this.at += found.length;
    return found;
  }

  next(): string {
    this.match(space);
    return this.text.charAt(this.at);
  }

  take(character: string): boolean {
    if (this.next() !== character) return false;
    this.at += 1;
    return true;
  }

  string(): string {
    if (!this.take('"')) throw new Fault("syntax");
    let value = "";
    for (;;) {
      value += this.match(plain) ?? "";
      const character = this.text.charAt(this.at);
      this.at += 1;
      if (character === '"') break;
      if (character !== "\\") throw new Fault("syntax");
      const letter = this.text.charAt(this.at);
      this.at += 1;
      const simple = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
      if (simple !== undefined) {
        value += simple;
        continue;
      }
      const digits = this.text.slice(this.at, this.at + 4);
      if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) throw new Fault("syntax");
      value += String.fromCharCode(Number.parseInt(digits, 16));
      this.at += 4;
    }
    if (!isWellFormed(value)) throw new Fault("lone_surrogate");
    return value;
  }

  value(depth: number): JsonNode {
    const first = this.next();
    const start = this.at;
    if (first === '"') return { kind: "string", value: this.string(), start, end: this.at };
    if (first === "{" || first === "[") {
      if (depth >= this.maxDepth) throw new Fault("depth");
      this.at += 1;
      if (first === "{") return { kind: "object", members: this.members(depth + 1), start, end: this.at };
      return { kind: "array", items: this.items(depth + 1), start, end: this.at };
    }
    for (const [word, value] of literals) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return { kind: "literal", value, start, end: this.at };
      }
    }
    const digits = this.match(number);
    if (digits === null) throw new Fault("syntax");
    return { kind: "number", value: Number(digits), start, end: this.at };
  }

  members(depth: number): Map<string, JsonNode> {
    const members = new Map<string, JsonNode>();
    if (this.take("}")) return members;
    for (;;) {
      this.next();
      const name = this.string();
      if (members.has(name)) throw new Fault("duplicate_member");
      if (!this.take(":")) throw new Fault("syntax");
      members.set(name, this.value(depth));
      if (this.take("}")) return members;
      if (!this.take(",")) throw new Fault("syntax");
    }
  }

  items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    if (this.take("]")) return items;
    for (;;) {
      items.push(this.value(depth));
      if (this.take("]")) return items;
      if (!this.take(",")) throw new Fault("syntax");
    }
  }
}

/** Reads one JSON text (RFC 8259) to the end. Repeated member names, lone surrogates and too deep nesting are faults. Never throws. */
export function parseJsonText(text: string, maxDepth: number): JsonText {
  const cursor = new Cursor(text, maxDepth);
  try {
    const root = cursor.value(0);
    if (cursor.next() !== "") return { ok: false, fault: "syntax" };
    return { ok: true, root };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: error.fault };
    throw error;
  }
}
