import type { IncomingMessage, ServerResponse } from "node:http";

/** Names of header fields as a browser lists them (RFC 9110 §5.6.2), and no more than a preflight has. */
const fieldNames = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:, ?[!#$%&'*+.^_`|~0-9A-Za-z-]+)*$/;
const longestList = 4096;
const methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/**
 * Lets pages of any origin call the broker and read its answers: it takes no cookie and no other authority that a browser adds by itself, but the pass
 * and a MAC. True where this was a preflight, which is answered: it has neither, and no API is asked for it.
 */
export function allowAnyOrigin({ method, headers }: IncomingMessage, response: ServerResponse): boolean {
  response.setHeader("access-control-allow-origin", "*");
  response.setHeader("access-control-expose-headers", "*");
  const { "access-control-request-method": wanted, "access-control-request-headers": named = "" } = headers;
  if (method !== "OPTIONS" || wanted === undefined || headers["countersign-pass"] !== undefined) return false;
  const isList = named.length <= longestList && fieldNames.test(named);
  response.writeHead(204, {
    "access-control-allow-methods": methods,
    ...(isList && { "access-control-allow-headers": named }),
    "access-control-max-age": "600",
    "cache-control": "no-store",
  });
  response.end();
  return true;
}
