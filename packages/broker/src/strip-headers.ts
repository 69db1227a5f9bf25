/** As they were received, names in lower case. */
export type GivenHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;
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
]);

/** What frameworks and front ends take for the true method, path, host or client: it would undo the methods and path of a place. */
const overrides = new Set([
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-rewrite-url",
  "x-host",
  "client-ip",
  "true-client-ip",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-originating-ip",
  "x-real-ip",
  "x-remote-addr",
  "x-remote-ip",
  "x-azure-clientip",
  "x-azure-socketip",
  "fastly-client-ip",
  "fly-client-ip",
]);
const overridePrefixes = ["x-forwarded", "x-original-", "x-envoy-", "cf-connecting-", "cf-pseudo-"];

/**
 * What an upstream may not say in the broker's name: cookies of its origin, its TLS, its other services, its reports, which pages may read
 * an answer, what a front end of the service would obey, and how long caches may keep what is one caller's alone.
 */
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
  "age",
  "expires",
  "pragma",
  "accept-ranges",
  "x-sendfile",
  "x-lighttpd-send-file",
  "x-reproxy-url",
]);
const notForCallerPrefixes = ["x-accel-", "surrogate-", "access-control-"];

/** The `cache-control` of every answer. */
export const forOneCaller = "private, no-store";

function namedByConnection(headers: GivenHeaders): ReadonlySet<string> {
  return new Set(
    String(headers.connection ?? "")
      .split(",")
      .map((name) => name.trim().toLowerCase()),
  );
}

function pairsOf(headers: GivenHeaders): [string, string][] {
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    for (const one of typeof value === "string" ? [value] : value) pairs.push([name, one]);
  }
  return pairs;
}

const beginsWith = (name: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => name.startsWith(prefix));

/** CGI and what descends from it read `_` and `-` alike. */
function mayReachUpstream(given: string): boolean {
  const name = given.replaceAll("_", "-");
  return !hopByHop.has(name) && !ofTheBroker.has(name) && !overrides.has(name) && !beginsWith(name, overridePrefixes);
}

function mayReachCaller(name: string): boolean {
  return (
    !hopByHop.has(name) &&
    !notForCaller.has(name) &&
    !beginsWith(name, notForCallerPrefixes) &&
    !name.endsWith("cache-control")
  );
}

/** The caller's headers that go on to the upstream. */
export function requestHeaders(headers: GivenHeaders): [string, string][] {
  const named = namedByConnection(headers);
  return pairsOf(headers).filter(([name]) => mayReachUpstream(name) && !named.has(name));
}

/** The upstream's headers that go on to the caller, for the caller alone to keep; `Location` and `Link` are judged elsewhere. */
export function responseHeaders(headers: GivenHeaders): [string, string][] {
  const named = namedByConnection(headers);
  const passed = pairsOf(headers).filter(([name]) => mayReachCaller(name) && !named.has(name));
  return [...passed, ["cache-control", forOneCaller]];
}
