import { type JsonNode, parseJsonText } from "./json-text.ts";
import * as limits from "./limits.ts";
import { invalid, type Parsed, parsed } from "./parsed.ts";
import { fromUtf8, toUtf8 } from "./utf8.ts";

/** Numbers past what a double holds exactly, and infinities, are refused (RFC 7493 §2.2). */
function inRange(node: JsonNode): boolean {
  if (node.kind === "number") return Math.abs(node.value) <= Number.MAX_SAFE_INTEGER;
  if (node.kind === "array") return node.items.every(inRange);
  if (node.kind === "object") return [...node.members.values()].every(inRange);
  return true;
}

function toValue(node: JsonNode): unknown {
  if (node.kind === "array") return node.items.map(toValue);
  if (node.kind !== "object") return node.kind === "number" ? node.value + 0 : node.value;
  return Object.fromEntries([...node.members].map(([name, member]) => [name, toValue(member)]));
}

/**
 * Parses I-JSON (RFC 7493): valid UTF-8 without byte order mark, no repeated member name, no lone surrogate, no number past 2^53-1,
 * nesting at most `maxDepth` (default 8). The size is judged first. Codes: `too_large`, `malformed`.
 */
export function parseStrictJson(
  input: string | Uint8Array,
  bounds: { readonly maxBytes: number; readonly maxDepth?: number },
): Parsed<unknown> {
  if (input.length > bounds.maxBytes) return invalid("too_large", "text is too large");
  if (typeof input === "string" && toUtf8(input).length > bounds.maxBytes)
    return invalid("too_large", "text is too large");
  const text = typeof input === "string" ? input : fromUtf8(input);
  if (text === null) return invalid("malformed", "text is not UTF-8");
  const read = parseJsonText(text, bounds.maxDepth ?? limits.jsonDepth);
  if (!read.ok) return invalid("malformed", `text is not I-JSON: ${read.fault}`);
  if (!inRange(read.root)) return invalid("malformed", "text is not I-JSON: number out of range");
  return parsed(toValue(read.root));
}
