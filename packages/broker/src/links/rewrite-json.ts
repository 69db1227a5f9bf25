import { isUtf8 } from "node:buffer";
import type { FoundLink } from "./link-target.ts";

export interface JsonRewriting {
  /** What a text is a link to, where it is one that is led through the broker. */
  readonly find: (text: string) => FoundLink | null;
  /** What stands in place of links, in their order. */
  readonly hrefsOf: (links: readonly FoundLink[]) => Promise<readonly string[]>;
  /** How many are rewritten; the rest stays. */
  readonly maxLinks: number;
}

interface Found {
  readonly link: FoundLink;
  readonly start: number;
  readonly end: number;
}

const quote = 0x22;
const backslash = 0x5c;
const namesMember = /[ \t\r\n]*:/y;

/** Where the strings of a JSON text stand, with their quotes. Names of members are left out. */
function* stringsOf(text: string): Generator<readonly [number, number]> {
  let start = text.indexOf('"');
  while (start >= 0) {
    let end = start + 1;
    for (let at = text.charCodeAt(end); at !== quote && end < text.length; at = text.charCodeAt(end))
      end += at === backslash ? 2 : 1;
    end += 1;
    namesMember.lastIndex = end;
    if (!namesMember.test(text)) yield [start, end];
    start = text.indexOf('"', end);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Rewrites the strings of a JSON text that are links as a whole, whatever of them is escaped, and leaves every other byte as it was. Null where
 * there is nothing to rewrite, or the bytes are not JSON.
 */
export async function rewriteJson(bytes: Buffer, rewriting: JsonRewriting): Promise<Buffer | null> {
  const text = isUtf8(bytes) ? bytes.toString("utf8") : null;
  if (text === null || !isJson(text)) return null;
  const found: Found[] = [];
  for (const [start, end] of stringsOf(text)) {
    if (found.length >= rewriting.maxLinks) break;
    const written = text.slice(start, end);
    if (!written.startsWith('"https://') && !written.includes("\\")) continue;
    const link = rewriting.find(JSON.parse(written) as string);
    if (link !== null) found.push({ link, start, end });
  }
  if (found.length === 0) return null;
  const hrefs = await rewriting.hrefsOf(found.map(({ link }) => link));
  let rewritten = "";
  let at = 0;
  for (const [index, { start, end }] of found.entries()) {
    rewritten += text.slice(at, start) + JSON.stringify(hrefs[index]);
    at = end;
  }
  return Buffer.from(rewritten + text.slice(at));
}
