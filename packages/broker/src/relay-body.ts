import type { IncomingMessage, ServerResponse } from "node:http";
import type { Mask } from "./mask.ts";

export interface Relaying {
  readonly mask: Mask;
  /** Bytes that a body may have. */
  readonly limit: number;
  /** How long a caller may take nothing. The upstream's own pace is `callUpstream`'s to judge. */
  readonly idleMs: number;
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

const isEventStream = ({ headers }: IncomingMessage): boolean =>
  /^text\/event-stream(?:;|$)/i.test(headers["content-type"] ?? "");

/**
 * Sends the upstream's body on, masked, at the caller's pace, each event of an event stream as soon as it is whole. False where it was cut: broken
 * off, idle, longer than `limit`, or not taken.
 */
export async function relayBody(
  from: IncomingMessage,
  to: ServerResponse,
  { mask, limit, idleMs }: Relaying,
): Promise<boolean> {
  const stream = mask.stream({ events: isEventStream(from) });
  let length = 0;
  const write = async (bytes: Buffer): Promise<void> => {
    if (bytes.length > 0 && !to.write(bytes)) await waitForCaller(to, idleMs);
  };
  try {
    for await (const part of from as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > limit || to.destroyed) return false;
      await write(stream.push(part));
    }
    await write(stream.end());
    return from.complete && !to.destroyed;
  } catch {
    return false;
  } finally {
    from.destroy();
  }
}
