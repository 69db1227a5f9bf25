import { type AppRequest, type Headers, withoutHeaders } from "./app-request.ts";

const redirects = [301, 302, 303, 307, 308];
const bodyHeaders = ["content-encoding", "content-language", "content-location", "content-type", "content-length"];
/** What names or authenticates a user to one origin. */
const originHeaders = ["authorization", "cookie", "proxy-authorization"];

export function isRedirect(status: number): boolean {
  return redirects.includes(status);
}

function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  segments.forEach((segment, index) => {
    const isLast = index === segments.length - 1;
    if (segment === "." || segment === "..") {
      if (segment === "..") kept.pop();
      if (isLast) kept.push("");
    } else {
      kept.push(segment);
    }
  });
  return `/${kept.join("/")}`;
}

function splitPath(text: string): { readonly path: string; readonly query: string } {
  const at = text.indexOf("?");
  return at < 0 ? { path: text, query: "" } : { path: text.slice(0, at), query: text.slice(at) };
}

/**
 * The absolute URL a `Location` names, resolved against an `https` URL (RFC 3986 §5.2); null where it names another scheme. The result is
 * not judged: the strict rules are applied to it like to any URL of the app.
 */
export function resolveLocation(base: string, location: string): string | null {
  const reference = location.replace(/#.*$/s, "");
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(reference)) {
    const absolute = /^https:\/\/([^/?#]*)([^?]*)(.*)$/is.exec(reference);
    if (absolute === null) return null;
    const [, authority = "", path = "", query = ""] = absolute;
    return `https://${authority}${path === "" ? "/" : removeDotSegments(path)}${query}`;
  }
  const match = /^https:\/\/([^/?#]*)([^?#]*)/i.exec(base);
  if (match === null) return null;
  const [, authority = "", basePath = ""] = match;
  if (reference.startsWith("//")) return resolveLocation(base, `https:${reference}`);
  if (reference === "") return base.replace(/#.*$/s, "");
  const origin = `https://${authority}`;
  if (reference.startsWith("?")) return `${origin}${basePath === "" ? "/" : basePath}${reference}`;
  const { path, query } = splitPath(reference);
  const merged = path.startsWith("/") ? path : `${basePath.slice(0, basePath.lastIndexOf("/") + 1) || "/"}${path}`;
  return `${origin}${removeDotSegments(merged)}${query}`;
}

/** The origin of an `https` URL for comparison, default port made explicit; null where it has none. */
export function originOf(url: string): string | null {
  const match = /^https:\/\/([^/?#]*)/i.exec(url);
  const authority = match?.[1]?.toLowerCase() ?? "";
  if (authority === "") return null;
  return /:[0-9]+$/.test(authority) ? authority : `${authority}:443`;
}

/**
 * The request of the next hop by the rules of the Fetch standard: 303, and 301 or 302 after POST, become GET without a body; across
 * origins whatever authenticates the user is left out.
 */
export function nextRequest(request: AppRequest, status: number, url: string): AppRequest {
  const { method } = request;
  const toGet = (status === 303 && method !== "GET" && method !== "HEAD") || (status < 303 && method === "POST");
  let headers: Headers = toGet ? withoutHeaders(request.headers, bodyHeaders) : request.headers;
  if (originOf(url) !== originOf(request.url)) headers = withoutHeaders(headers, originHeaders);
  const sent = toGet ? { body: null, stream: null } : { body: request.body, stream: request.stream };
  return { url, method: toGet ? "GET" : method, headers, ...sent };
}
