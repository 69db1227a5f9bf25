import { decodeBase64url, encodeBase64url } from "@countersign/protocol";
import { asyncIterator } from "../async-iterator.ts";
import {
  type AbortHandle,
  ChannelError,
  type ChannelPolicy,
  type ChannelResponse,
  type StreamedBody,
} from "../ports.ts";
import type { NativeExchangeCalls, NativePolicy } from "./native-bridge.ts";
import { toChannelError } from "./native-failure.ts";

/** One request and its answer, over the native half's connections. */
export interface NativeMessage {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly target: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | null;
  readonly stream?: StreamedBody | undefined;
  readonly policy: ChannelPolicy;
  readonly abort: AbortHandle;
}

/** Exchanges of this process so far: none meets another's name. */
let exchanges = 0;

/** RFC 9110 §6.4.1: an answer of these has no body, whatever its headers say. */
const bodiless: readonly number[] = [204, 205, 304];

export const toNativePolicy = ({ channel, pins, roots }: ChannelPolicy): NativePolicy => ({
  channel,
  pins,
  roots: roots.map((root) => encodeBase64url(root)),
});

function pieceOf(text: string): Uint8Array {
  const piece = decodeBase64url(text);
  if (piece === null) throw new ChannelError("network", "the native half answered no bytes");
  return piece;
}

/** Sends a message and gives its answer with the body unread. Rejects with ChannelError; whoever gives up ends the exchange natively too. */
export async function exchange(bridge: NativeExchangeCalls, message: NativeMessage): Promise<ChannelResponse> {
  const { secure, host, port, target, method, headers, body, stream, abort } = message;
  if (abort.aborted) throw new ChannelError("aborted", "the caller gave up");
  exchanges += 1;
  const id = String(exchanges);
  const abandon = (): void => void bridge.abandon({ exchange: id }).catch(() => {});
  const undo = abort.onAbort(abandon);
  try {
    const sent = bridge.send({
      exchange: id,
      secure,
      host,
      port,
      target,
      method,
      headers,
      body: body === null ? null : encodeBase64url(body),
      upload: stream === undefined ? null : { length: stream.length ?? null },
      policy: toNativePolicy(message.policy),
    });
    // An answer may come before the body is up, and then the rest of it is nobody's.
    const uploaded = stream === undefined ? undefined : upload(bridge, id, stream, abandon);
    uploaded?.catch(() => {});
    const { status, headers: said } = await sent;
    const read = bodyOf(bridge, id, abort, undo);
    if (method === "HEAD" || bodiless.includes(status)) await read.end();
    return { status, headers: said, body: read.body };
  } catch (error) {
    undo();
    abandon();
    throw toChannelError(error, abort.aborted);
  }
}

async function upload(
  bridge: NativeExchangeCalls,
  exchange: string,
  stream: StreamedBody,
  abandon: () => void,
): Promise<void> {
  try {
    let length = 0;
    for await (const part of stream) {
      length += part.length;
      if (stream.length !== undefined && length > stream.length) throw new RangeError("a body is longer than declared");
      await bridge.upload({ exchange, piece: encodeBase64url(part) });
    }
    if (stream.length !== undefined && length < stream.length) throw new RangeError("a body is shorter than declared");
    await bridge.upload({ exchange, piece: null });
  } catch (error) {
    abandon();
    throw error;
  }
}

/** The pieces of an answer, once. What leaves early, by an error too, ends the exchange. */
function bodyOf(
  bridge: NativeExchangeCalls,
  exchange: string,
  abort: AbortHandle,
  undo: () => void,
): { readonly body: AsyncIterable<Uint8Array>; readonly end: () => Promise<unknown> } {
  let isOver = false;
  const end = async (): Promise<IteratorReturnResult<undefined>> => {
    undo();
    if (!isOver) await bridge.abandon({ exchange }).catch(() => {});
    isOver = true;
    return { done: true, value: undefined };
  };
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      if (isOver) return { done: true, value: undefined };
      try {
        const { piece } = await bridge.receive({ exchange });
        if (piece !== null) return { done: false, value: pieceOf(piece) };
        isOver = true;
        return await end();
      } catch (error) {
        await end();
        throw toChannelError(error, abort.aborted);
      }
    },
    return: end,
  };
  return { body: { [asyncIterator]: () => iterator } as AsyncIterable<Uint8Array>, end };
}
