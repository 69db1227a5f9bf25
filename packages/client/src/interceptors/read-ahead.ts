import { concatBytes } from "@countersign/protocol";
import { asyncIterator } from "../async-iterator.ts";
import type { StreamedBody } from "../ports.ts";

/** How much of a body of unknown source is read before it is sent, so that a short one can be sent again. */
const readAheadBytes = 1024 * 1024;

/** The whole of a short body; a longer one in pieces, which can be read once. */
export async function readAhead(body: StreamedBody): Promise<Uint8Array | StreamedBody> {
  const iterator = body[asyncIterator]();
  const parts: Uint8Array[] = [];
  for (let length = 0; length <= readAheadBytes; ) {
    const part = await iterator.next();
    if (part.done === true) return concatBytes(...parts);
    parts.push(part.value);
    length += part.value.length;
  }
  return {
    async *[asyncIterator]() {
      try {
        yield* parts.splice(0);
        for (let part = await iterator.next(); part.done !== true; part = await iterator.next()) yield part.value;
      } finally {
        await iterator.return?.();
      }
    },
  };
}
