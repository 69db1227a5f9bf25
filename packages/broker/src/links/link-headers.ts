import type { IncomingHttpHeaders } from "node:http";
import type { HeaderPairs } from "../strip-headers.ts";
import type { AnswerHeaders } from "../upstream-connection.ts";

/** All that goes up with a link's request beside these: nothing that says who asks. */
const forUpstream = ["accept", "if-none-match", "if-modified-since"] as const;
const oneRange = /^bytes=(?:\d{1,15}-\d{0,15}|-\d{1,15})$/;

/** The headers of a link's request to the upstream. */
export function linkRequestHeaders(headers: IncomingHttpHeaders): HeaderPairs {
  const range = headers.range !== undefined && oneRange.test(headers.range) ? headers.range : null;
  const ifRange = headers["if-range"];
  return [
    ...forUpstream.flatMap((name): [string, string][] => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value]];
    }),
    ...(range === null ? [] : [["range", range] as const]),
    ...(range === null || typeof ifRange !== "string" ? [] : [["if-range", ifRange] as const]),
    ["accept-encoding", "identity"],
    ["user-agent", "countersign"],
  ];
}

/** Types that run nothing in a page of the service's origin, whoever puts them there; anything else is handed out as bytes. */
const inert =
  /^(?:image\/[a-z0-9.+-]+|audio\/[a-z0-9.+-]+|video\/[a-z0-9.+-]+|font\/[a-z0-9.+-]+|application\/json|text\/plain)$/;
const shown = /^(?:image\/(?!svg)|audio\/|video\/)/;

const passedOn = [
  "content-language",
  "content-length",
  "content-range",
  "accept-ranges",
  "etag",
  "last-modified",
] as const;

function typeOf(headers: AnswerHeaders): string {
  const given = (headers["content-type"] ?? "").toLowerCase();
  const type = (given.split(";")[0] ?? "").trim();
  if (!inert.test(type)) return "application/octet-stream";
  return /;\s*charset="?utf-8"?\s*(?:;|$)/.test(given) ? `${type}; charset=utf-8` : type;
}

/**
 * The headers of a link's answer. It comes from the service's own origin, so nothing in it may run there: it is sandboxed, its type is never
 * guessed, and what is no picture, sound or film is a download. Any page may show it: whoever has the link may.
 */
export function linkAnswerHeaders(
  { status, headers }: { readonly status: number; readonly headers: AnswerHeaders },
  maxAgeSeconds: number | null,
): HeaderPairs {
  const type = typeOf(headers);
  return [
    ...passedOn.flatMap((name): [string, string][] => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value]];
    }),
    // What is not modified keeps the type it had.
    ...(status === 304 ? [] : [["content-type", type] as const]),
    ...(status === 304 || shown.test(type) ? [] : [["content-disposition", "attachment"] as const]),
    ["cache-control", maxAgeSeconds === null ? "private, no-store" : `private, max-age=${maxAgeSeconds}`],
    ["content-security-policy", "sandbox; default-src 'none'"],
    ["x-content-type-options", "nosniff"],
    ["referrer-policy", "no-referrer"],
    ["cross-origin-resource-policy", "cross-origin"],
    ["access-control-allow-origin", "*"],
  ];
}
