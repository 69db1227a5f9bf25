import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Mask } from "./mask.ts";

/** Sends the upstream's body on, masked, at the caller's pace. False where it was cut: broken off, idle or longer than `limit` bytes. */
export async function relayBody(
  from: IncomingMessage,
  to: ServerResponse,
  mask: Mask,
  limit: number,
): Promise<boolean> {
  const stream = mask.stream();
  let length = 0;
  const write = async (bytes: Buffer): Promise<void> => {
    if (bytes.length > 0 && !to.write(bytes)) await Promise.race([once(to, "drain"), once(to, "close")]);
  };
  try {
    for await (const part of from as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > limit || to.destroyed) return false;
      await write(stream.push(part));
    }
    await write(stream.end());
    return from.complete;
  } catch {
    return false;
  } finally {
    from.destroy();
  }
}
