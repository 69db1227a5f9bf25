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

/** The pieces of a body, once; `ended` is called when it is read or left, also where it is left before the first piece. */
function pieces(body: ReadableStream<Uint8Array> | null, ended: () => void): AsyncIterable<Uint8Array> {
  const reader = body?.getReader();
  const end = async (): Promise<IteratorReturnResult<undefined>> => {
    ended();
    await reader?.cancel().catch(() => {});
    return { done: true, value: undefined };
  };
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      try {
        const part = await reader?.read();
        return part === undefined || part.done ? await end() : part;
      } catch (error) {
        await end();
        throw error;
      }
    },
    return: end,
  };
  return { [Symbol.asyncIterator]: () => iterator };
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
