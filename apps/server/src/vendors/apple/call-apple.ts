import { boundedPost } from "../bounded-post.ts";

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
  readonly retryAfterSeconds: number | null;
}

/** The answer, as text of at most 64 KiB; null where there is none in time. Never rejects. */
export async function callApple({ url, body, timeoutMs, ...call }: AppleCall): Promise<AppleAnswer | null> {
  const headers = { authorization: call.authorization, "content-type": call.contentType };
  const posted = await boundedPost(url, { headers, body, timeoutMs, maxBytes: 64 * 1024 });
  if (!posted.ok) return null;
  const { status, retryAfterSeconds } = posted;
  return { status, text: Buffer.from(posted.body).toString("utf8"), retryAfterSeconds };
}
