/** One POST to a server of Apple's. */
export interface AppleCall {
  readonly url: string;
  readonly authorization: string;
  readonly contentType: string;
  readonly body: string;
  readonly timeoutMs: number;
}

export interface AppleAnswer {
  readonly status: number;
  readonly text: string;
  /** Whole seconds from `Retry-After`, bounded; null where there is none that can be read. */
  readonly retryAfterSeconds: number | null;
}

const maximumBytes = 64 * 1024;
const daySeconds = 86_400;

/** The answer, as text of at most 64 KiB; null where there is none in time. Follows no redirect and never rejects. */
export async function callApple({
  url,
  authorization,
  contentType,
  body,
  timeoutMs,
}: AppleCall): Promise<AppleAnswer | null> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization, "content-type": contentType },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readText(response);
    if (text === null) return null;
    return { status: response.status, text, retryAfterSeconds: toSeconds(response.headers.get("retry-after")) };
  } catch {
    return null;
  }
}

async function readText(response: Response): Promise<string | null> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early ends the stream.
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > maximumBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function toSeconds(header: string | null): number | null {
  return header !== null && /^\d{1,9}$/.test(header) ? Math.min(Math.max(Number(header), 1), daySeconds) : null;
}
