import type { IncomingHttpHeaders } from "node:http";

export type HeaderPairs = readonly (readonly [string, string])[];

/** RFC 9110 §7.6.1 and what predates it: meant for one connection only. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/**
 * The broker's own: never for the upstream. `content-digest` covers the body before it was filled; `accept-encoding` is the broker's to say;
 * a range would cut an echoed value into pieces that no mask knows.
 */
const ofTheBroker = new Set([
  "host",
  "content-length",
  "expect",
  "countersign-pass",
  "signature",
  "signature-input",
  "accept-signature",
  "content-digest",
  "cookie",
  "cookie2",
  "accept-encoding",
  "range",
  "if-range",
  "request-range",
  "origin",
  "referer",
  "forwarded",
  "via",
  "x-real-ip",
]);

/** What an upstream may not say in the broker's name: cookies of its origin, its TLS, its other services, its reports. */
const notForCaller = new Set([
  "set-cookie",
  "set-cookie2",
  "strict-transport-security",
  "public-key-pins",
  "alt-svc",
  "clear-site-data",
  "nel",
  "report-to",
  "reporting-endpoints",
  "refresh",
  "location",
  "link",
  "content-location",
  "signature",
  "signature-input",
  "content-digest",
  "repr-digest",
  "digest",
  "content-md5",
]);

function namedByConnection(headers: IncomingHttpHeaders): ReadonlySet<string> {
  return new Set((headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase()));
}

function pairsOf(headers: IncomingHttpHeaders): [string, string][] {
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) pairs.push([name, one]);
  }
  return pairs;
}

/** The caller's headers that go on to the upstream. */
export function requestHeaders(headers: IncomingHttpHeaders): [string, string][] {
  const named = namedByConnection(headers);
  return pairsOf(headers).filter(
    ([name]) => !hopByHop.has(name) && !ofTheBroker.has(name) && !named.has(name) && !name.startsWith("x-forwarded-"),
  );
}

/** The upstream's headers that go on to the caller; `Location` and `Link` are judged elsewhere. */
export function responseHeaders(headers: IncomingHttpHeaders): [string, string][] {
  const named = namedByConnection(headers);
  return pairsOf(headers).filter(([name]) => !hopByHop.has(name) && !notForCaller.has(name) && !named.has(name));
}
