import { originalOf } from "../platform-original.ts";
import { type AbortHandle, ChannelError, type ChannelResponse } from "../ports.ts";

/** As it was before anything was put in front of it later: filled requests pass neither the interceptors nor what traces requests. */
const platformFetch = originalOf(globalThis.fetch);

export interface WebMessage {
  readonly url: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | string | null;
  readonly abort: AbortHandle;
}

/** The pieces of a body, once; `ended` is called when it is read or left. */
async function* pieces(body: ReadableStream<Uint8Array> | null, ended: () => void): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    ended();
    await reader.cancel().catch(() => {});
  }
}

/**
 * One message over the browser's fetch: no cookies, no cache, no referrer, no redirect (a browser does not show where one leads, so it
 * counts as no answer). Rejects with ChannelError.
 */
export async function webFetch({ url, method, headers, body, abort }: WebMessage): Promise<ChannelResponse> {
  if (abort.aborted) throw new ChannelError("aborted", "the caller gave up");
  const controller = new AbortController();
  const undoAbort = abort.onAbort(() => controller.abort());
  let response: Response;
  try {
    response = await platformFetch(url, {
      method,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      body: typeof body === "string" || body === null ? body : Uint8Array.from(body),
      redirect: "manual",
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      signal: controller.signal,
    });
  } catch {
    undoAbort();
    throw new ChannelError(abort.aborted ? "aborted" : "network", "no answer");
  }
  if (response.body === null || response.type === "opaqueredirect") undoAbort();
  if (response.type === "opaqueredirect") throw new ChannelError("network", "a redirect that cannot be read");
  return { status: response.status, headers: [...response.headers], body: pieces(response.body, undoAbort) };
}
