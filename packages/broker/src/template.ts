/** What a template can take from a request about to be sent. */
export interface TemplateInput {
  readonly method: string;
  /** Host, and port where it is not 443. */
  readonly host: string;
  /** As they go out, undecoded. `query` is without `?`, empty where there is none. */
  readonly path: string;
  readonly query: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | null;
  readonly bodySha256: () => string;
  readonly nowMs: number;
  /** Fresh for each request. */
  readonly nonce: string;
}

const fields = {
  method: ({ method }) => method,
  host: ({ host }) => host,
  path: ({ path }) => path,
  query: ({ query }) => query,
  target: ({ path, query }) => (query === "" ? path : `${path}?${query}`),
  body: ({ body }) => body ?? "",
  body_sha256: ({ bodySha256 }) => bodySha256(),
  timestamp: ({ nowMs }) => String(Math.floor(nowMs / 1000)),
  timestamp_ms: ({ nowMs }) => String(nowMs),
  iso_time: ({ nowMs }) => new Date(nowMs).toISOString(),
  http_date: ({ nowMs }) => new Date(nowMs).toUTCString(),
  nonce: ({ nonce }) => nonce,
} as const satisfies Record<string, (input: TemplateInput) => string | Uint8Array>;

type Part = (input: TemplateInput) => string | Uint8Array;

/** Text with `{method}`, `{host}`, `{path}`, `{query}`, `{target}`, `{body}`, `{body_sha256}`, `{timestamp}`, `{timestamp_ms}`, `{iso_time}`, `{http_date}`, `{nonce}`, `{header:NAME}`. */
export interface Template {
  fill(input: TemplateInput): Buffer;
}

/** A header's values as one list (RFC 9110 §5.3); empty where it is absent. */
function headerOf(headers: TemplateInput["headers"], wanted: string): string {
  return headers
    .filter(([name]) => name.toLowerCase() === wanted)
    .map(([, value]) => value)
    .join(", ");
}

function partOf(name: string): Part | null {
  const header = /^header:([a-z0-9!#$%&'*+.^_`|~-]{1,64})$/.exec(name.toLowerCase())?.[1];
  if (header !== undefined) return ({ headers }) => headerOf(headers, header);
  return Object.hasOwn(fields, name) ? fields[name as keyof typeof fields] : null;
}

/** Reads a template; null where it names a field that there is none of, or has a brace of its own. */
export function parseTemplate(text: string): Template | null {
  const parts: Part[] = [];
  for (const [piece] of text.matchAll(/\{[^{}]*\}|[^{}]+|[{}]/g)) {
    const part = piece.length > 1 && piece.startsWith("{") ? partOf(piece.slice(1, -1)) : () => piece;
    if (part === null || piece === "{" || piece === "}") return null;
    parts.push(part);
  }
  return { fill: (input) => Buffer.concat(parts.map((part) => Buffer.from(part(input)))) };
}
