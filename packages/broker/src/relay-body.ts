import type { ServerResponse } from "node:http";
import { HeldBytes } from "./held-bytes.ts";
import type { Mask } from "./mask.ts";
import type { UpstreamAnswer } from "./upstream-answer.ts";

export interface Relaying {
  readonly mask: Mask;
  /** Bytes that a body may have. */
  readonly limit: number;
  /** How long a caller may take nothing. The upstream's own pace is `callUpstream`'s to judge. */
  readonly idleMs: number;
  readonly editing?: Editing | undefined;
}

/** A body that is held, masked, before its first byte is sent. */
export interface Editing {
  /** The most that is held. */
  readonly limit: number;
  /** Told of the whole body, it gives what is sent in its place; told of null, the body is too long and goes on as it is. */
  begin(body: Buffer | null): Promise<Buffer>;
}

/** Resolves when the caller takes more, is gone, or has taken nothing for too long. Leaves no listener behind: a stream waits often. */
function waitForCaller(to: ServerResponse, idleMs: number): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      clearTimeout(timer);
      to.off("drain", settle);
      to.off("close", settle);
      resolve();
    };
    const timer = setTimeout(() => {
      to.destroy();
      settle();
    }, idleMs);
    to.once("drain", settle);
    to.once("close", settle);
    if (to.destroyed) settle();
  });
}

const isEventStream = ({ headers }: UpstreamAnswer): boolean =>
  /^text\/event-stream(?:;|$)/i.test(headers["content-type"] ?? "");

/** Holds what is pushed until it is whole, or too long to be edited: then it gives all that it held, and whatever comes. */
function createHold({ limit, begin }: Editing) {
  const held = new HeldBytes();
  let isHolding = true;
  return {
    async push(bytes: Buffer): Promise<Buffer> {
      if (!isHolding) return bytes;
      held.push(bytes);
      if (held.length <= limit) return Buffer.alloc(0);
      isHolding = false;
      await begin(null);
      return held.take();
    },
    end: async (): Promise<Buffer> => (isHolding ? await begin(held.take()) : Buffer.alloc(0)),
  };
}

/**
 * Sends the upstream's body on, masked, at the caller's pace, each event of an event stream as soon as it is whole. False where it was cut: broken
 * off, idle, longer than `limit`, or not taken.
 */
export async function relayBody(
  from: UpstreamAnswer,
  to: ServerResponse,
  { mask, limit, idleMs, editing }: Relaying,
): Promise<boolean> {
  const stream = mask.stream({ events: isEventStream(from) });
  let length = 0;
  const send = async (bytes: Buffer): Promise<void> => {
    if (bytes.length > 0 && !to.write(bytes)) await waitForCaller(to, idleMs);
  };
  const held = editing === undefined ? null : createHold(editing);
  const write = async (bytes: Buffer): Promise<void> => send(held === null ? bytes : await held.push(bytes));
  try {
    for await (const part of from) {
      length += part.length;
      if (length > limit || to.destroyed) return false;
      await write(stream.push(part));
    }
    await write(stream.end());
    if (held !== null && from.complete) await send(await held.end());
    return from.complete && !to.destroyed;
  } catch {
    return false;
  } finally {
    from.destroy();
  }
}
