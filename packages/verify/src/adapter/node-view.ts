import type { RequestView } from "../request-view.ts";
import { type NodeMessage, readNodeBody } from "./read-node-body.ts";

/** Header lines as received: `headers` has dropped or joined the repeated ones. Pseudo-headers of HTTP/2 are no lines. */
export function toHeaderLines(rawHeaders: readonly string[]): [string, string][] {
  const lines: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (!name.startsWith(":")) lines.push([name, rawHeaders[index + 1] ?? ""]);
  }
  return lines;
}

/** The view of a request of Node's servers, by the URL that the client sent. */
export function toNodeView(request: NodeMessage, bodyLimitBytes: number): RequestView {
  return {
    method: request.method ?? "",
    url: request.originalUrl ?? request.url ?? "",
    headers: toHeaderLines(request.rawHeaders),
    body: () => readNodeBody(request, bodyLimitBytes),
  };
}
