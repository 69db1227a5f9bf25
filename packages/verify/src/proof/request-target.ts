const unreserved = /^[A-Za-z0-9\-._~]$/;

/** RFC 3986 §6.2.2.1 and §6.2.2.2: escapes in upper case, unreserved characters plain. Null for a broken escape. */
function normalizeEscapes(path: string): string | null {
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return null;
  return path.replaceAll(/%[0-9A-Fa-f]{2}/g, (triplet) => {
    const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16));
    return unreserved.test(character) ? character : triplet.toUpperCase();
  });
}

/** RFC 3986 §5.2.4, for a path that begins with a slash. */
function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.slice(1).split("/");
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    if (segment === "..") kept.pop();
    if (segment !== "." && segment !== "..") kept.push(segment);
    else if (last) kept.push("");
  }
  return `/${kept.join("/")}`;
}

/** True where a segment is `.` or `..`, however its dots are written; a backslash counts as a slash, as URL parsers of the web have it. */
export function hasDotSegments(path: string): boolean {
  return /(?:^|[/\\])(?:\.|%2e){1,2}(?:$|[/\\])/i.test(path);
}

/** A path in normal form; null where it is none. */
function normalizePath(path: string): string | null {
  if (!/^[!-~]*$/.test(path)) return null;
  const plain = normalizeEscapes(path === "" ? "/" : path);
  return plain === null ? null : removeDotSegments(plain);
}

const absolute = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#\\]*)((?:\/[^?#]*)?)(\?[^#]*)?(#.*)?$/s;

/**
 * Path and query of a request as its line had them; null for what is neither an absolute URL nor a path. No line has a fragment (RFC 9112
 * §3.2): some frameworks would read one that was put there as more of the query, which nobody signed.
 */
export function pathAndQueryOf(url: string): { readonly path: string; readonly query: string } | null {
  if (url.length > 16_384 || !/^[!-~]+$/.test(url)) return null;
  if (url.includes("#")) return null;
  const match = url.startsWith("/") ? /^([^?]*)(\?.*)?$/s.exec(url)?.slice(1) : absolute.exec(url)?.slice(3);
  if (match === undefined) return null;
  const [path = "", query = ""] = match;
  return { path: path === "" ? "/" : path, query };
}

const defaultPorts: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** Scheme, host and port in normal form (RFC 3986 §6.2.2.1, §6.2.3): lower case, the scheme's own port left out. Null where it is none. */
export function normalizeOrigin(scheme: string, authority: string): string | null {
  const protocol = `${scheme.toLowerCase()}:`;
  const parts = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?$/.exec(authority.toLowerCase());
  const defaultPort = defaultPorts[protocol];
  if (parts === null || defaultPort === undefined) return null;
  const [, host = "", port = defaultPort] = parts;
  return `${protocol}//${host}${Number(port) === Number(defaultPort) ? "" : `:${Number(port)}`}`;
}

/** The normal form of a URL without query and fragment; null where it is no such URL or has one of them. */
export function normalizeTarget(url: string): string | null {
  const [, scheme = "", authority = "", path = "", query, fragment] = absolute.exec(url) ?? [];
  if (query !== undefined || fragment !== undefined) return null;
  const origin = normalizeOrigin(scheme, authority);
  const normal = normalizePath(path);
  return origin === null || normal === null ? null : origin + normal;
}

const loopback = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]+)?$/;

/** The operator's origin in normal form. Throws a TypeError where it is not `https://host[:port]`, or plain `http` on loopback. */
export function parseOrigin(text: string): string {
  const [, scheme = "", authority = ""] = /^([A-Za-z]+):\/\/([^/?#]+)\/?$/.exec(text) ?? [];
  const origin = normalizeOrigin(scheme, authority);
  if (origin === null || !(origin.startsWith("https://") || loopback.test(origin)))
    throw new TypeError("origin is https://host[:port], or http on loopback");
  return origin;
}
