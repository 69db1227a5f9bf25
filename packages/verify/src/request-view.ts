import { readFetchBody } from "./adapter/read-fetch-body.ts";

/** What a verifier reads of a request. */
export interface RequestView {
  readonly method: string;
  /** The absolute URL, or path and query. Scheme and host are never believed: see the option `origin`. */
  readonly url: string;
  /** Every line as it was received, a repeated name repeated. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The body's bytes, unparsed. Asked for only where a signature covers the body; may be called once. */
  readonly body?: () => Promise<Uint8Array>;
}

const mostBodyBytes = 1024 * 1024;

/**
 * The view of a Fetch request, with 1 MiB of body at most unless told otherwise. The request's own body stays readable. Fetch joins repeated
 * headers by a comma.
 */
export function toRequestView(request: Request, bodyLimitBytes: number = mostBodyBytes): RequestView {
  return {
    method: request.method,
    url: request.url,
    headers: [...request.headers],
    body: () => readFetchBody(request, bodyLimitBytes),
  };
}

/** Without the spaces and tabs around it. `trim` would cut a no-break space too, which is part of a value, not of its line. */
function trimmed(value: string): string {
  const isPad = (at: number): boolean => value[at] === " " || value[at] === "\t";
  let [start, end] = [0, value.length];
  while (start < end && isPad(start)) start += 1;
  while (end > start && isPad(end - 1)) end -= 1;
  return value.slice(start, end);
}

/** The values under a name (lower case), surrounding white space cut (RFC 9110 §5.5). */
export function valuesOf(view: RequestView, name: string): string[] {
  const values: string[] = [];
  for (const [each, value] of view.headers) {
    if (each.length === name.length && each.toLowerCase() === name) values.push(trimmed(value));
  }
  return values;
}
