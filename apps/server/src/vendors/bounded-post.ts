/** A whole answer, or why there is none. Nothing of the request stands in it. */
export type Posted =
  | {
      readonly ok: true;
      readonly status: number;
      readonly body: Uint8Array;
      /** Whole seconds of `Retry-After`, from 1 to a day; null where there are none that can be read. */
      readonly retryAfterSeconds: number | null;
    }
  | { readonly ok: false; readonly failure: "unreachable" | "timeout" | "too_large" };

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

const daySeconds = 86_400;

/** Posts to a vendor. Follows no redirect, waits no longer and reads no further than told; never rejects. */
export async function boundedPost(url: string, options: PostOptions): Promise<Posted> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  try {
    const { headers, body } = options;
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    const bytes = await readAtMost(response, options.maxBytes);
    if (bytes === null) return { ok: false, failure: "too_large" };
    const retryAfterSeconds = toSeconds(response.headers.get("retry-after"));
    return { ok: true, status: response.status, body: bytes, retryAfterSeconds };
  } catch {
    return { ok: false, failure: signal.aborted ? "timeout" : "unreachable" };
  }
}

function toSeconds(header: string | null): number | null {
  return header !== null && /^\d{1,9}$/.test(header) ? Math.min(Math.max(Number(header), 1), daySeconds) : null;
}

async function readAtMost(response: Response, maxBytes: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the stream, and with it the connection.
    if (size > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
