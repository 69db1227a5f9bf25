/** A request as it was read on its way. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

const head = /^(GET|POST|PUT|DELETE) (\/[^\r\n]*)\r\n((?:[^\r\n]+\r\n)*)\r\n/gm;

/** The requests in what mitmproxy wrote down of its traffic (`Mitmproxy.captured`). */
export function recordedRequests(captured: Uint8Array): readonly RecordedRequest[] {
  const text = Buffer.from(captured).toString("latin1");
  return [...text.matchAll(head)].map((match) => {
    const [whole, method = "", path = "", lines = ""] = match;
    const headers = Object.fromEntries(
      lines
        .split("\r\n")
        .filter((line) => line !== "")
        .map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
    );
    const from = match.index + whole.length;
    const length = Number(headers["content-length"] ?? 0);
    return { method, path, headers, body: length === 0 ? null : text.slice(from, from + length) };
  });
}
