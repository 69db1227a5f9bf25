import type { TokenHeader } from "./parse-header.ts";

/**
 * Header segments of tokens whose signature verified, by their exact text: tokens of one key have the same header, letter by letter. Holds
 * what was read and nothing that was judged of a token. A stranger cannot fill it: only a verified signature adds to it.
 */
export interface HeaderCache {
  get(segment: string): TokenHeader | undefined;
  add(segment: string, header: TokenHeader): void;
}

const mostSegments = 32;

export function createHeaderCache(): HeaderCache {
  const held = new Map<string, TokenHeader>();
  return {
    get: (segment) => held.get(segment),
    add(segment, header) {
      if (held.has(segment)) return;
      if (held.size >= mostSegments) held.clear();
      held.set(segment, header);
    },
  };
}
