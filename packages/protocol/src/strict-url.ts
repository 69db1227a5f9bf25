import { parseAuthority } from "./host.ts";
import * as limits from "./limits.ts";
import { decodeFully, decodeFullyToUtf8, unescapePercent } from "./percent.ts";

/** Where a registered API lives. */
export interface Origin {
  readonly host: string;
  readonly port: number;
}

/** The parts of a URL that passed every rule; `text` is rebuilt from them and is what must be sent. */
export interface StrictUrl {
  readonly host: string;
  readonly port: number;
  /** Begins with `/`. */
  readonly path: string;
  /** Without `?`; null where there is none. */
  readonly query: string | null;
  readonly text: string;
}

/** `refused`: a registered host occurs in a text that is not a strict URL, so it must not be sent at all. */
export type StrictUrlResult =
  | { readonly ok: true; readonly url: StrictUrl }
  | { readonly ok: false; readonly refused: boolean };

// RFC 3986 characters of path and query with `[`, `]` and `|`, which parsers leave alone; escapes are whole.
const characters = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?#|[\]]|%[0-9A-Fa-f]{2})*$/;

// A separator or full stop to those who fold characters, beyond what NFKC folds.
const slashes = /[/\\\u2044\u2215\u2216\u29f5\u29f8\u29f9]/;
// Some cut a segment at `;` (parameters), trim it, or read an escaped `?` or `#` as if it stood there plain.
const dotPart = /^ *\.{1,2} *(?:[;?#]|$)/;
const withoutControl = /^[ -~\u00a0-\uffff]*$/;

/**
 * True where a path can mean `.` or `..` to anyone behind us: fully decoded, folded (NFKC) and split at slashes and backslashes, a part
 * before its parameters is `.` or `..`. Also where nobody can say: bytes that are not UTF-8, a control character, endless escapes.
 */
export function hasDotSegment(path: string): boolean {
  const decoded = decodeFullyToUtf8(path)?.normalize("NFKC");
  return (
    decoded === undefined || !withoutControl.test(decoded) || decoded.split(slashes).some((part) => dotPart.test(part))
  );
}

/** The text of a URL from its parts. Port 443 is left out. */
export function formatUrl(parts: Omit<StrictUrl, "text">): string {
  const authority = parts.port === 443 ? parts.host : `${parts.host}:${parts.port}`;
  return `https://${authority}${parts.path}${parts.query === null ? "" : `?${parts.query}`}`;
}

/**
 * A lenient parser may see a host where we see none: it drops tabs, folds case and width, decodes escapes. What it might see is looked
 * for as plain text; too much rather than too little, for nothing is lost but a malformed request.
 */
function mentions(text: string, origins: readonly Origin[]): boolean {
  const views = [text, decodeFully(text) ?? "", unescapePercent(text), unescapePercent(unescapePercent(text))];
  const folded = views.map((view) =>
    view
      .normalize("NFKC")
      .toLowerCase()
      .replaceAll(/[\u3002\uff0e\uff61]/g, ".")
      .replaceAll(/[^!-~]/g, ""),
  );
  return origins.some(({ host }) => folded.some((view) => view.includes(host)));
}

/**
 * Parses an absolute URL by the agent's own rules (section 10, step 1): `https`, a host of lower-case LDH labels or an exact IP
 * literal, no userinfo, no backslash, control, space or non-ASCII byte, no `%` in the host, no dot segment in any reading of the path, a
 * port that is registered wherever the host is. A fragment is dropped, an apostrophe of the query escaped.
 */
export function parseStrictUrl(text: string, origins: readonly Origin[]): StrictUrlResult {
  const url = readStrictUrl(text, origins);
  return url === null ? { ok: false, refused: mentions(text, origins) } : { ok: true, url };
}

function readStrictUrl(text: string, origins: readonly Origin[]): StrictUrl | null {
  if (text.length > limits.urlCharacters || !characters.test(text)) return null;
  const match = /^https:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?$/.exec(text);
  const authority = parseAuthority(match?.[1] ?? "");
  if (match === null || authority === null) return null;
  const { host } = authority;
  const port = authority.port ?? 443;
  const path = match[2] === "" ? "/" : (match[2] ?? "/");
  if (hasDotSegment(path)) return null;
  const samePort = origins.some((origin) => origin.host === host && origin.port === port);
  if (!samePort && origins.some((origin) => origin.host === host)) return null;
  // Platforms' own parsers send it so, and a signature covers what is sent.
  const query = match[3]?.replaceAll("'", "%27") ?? null;
  const parts = { host, port, path, query };
  return { ...parts, text: formatUrl(parts) };
}
