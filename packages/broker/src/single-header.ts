import type { IncomingHttpHeaders } from "node:http";

/** A header that must stand exactly once; null where it is absent or repeated. Node joins repeated ones with a comma. */
export function singleHeader(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" && value !== "" ? value : null;
}
