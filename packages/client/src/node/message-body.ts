import type { IncomingMessage } from "node:http";
import { ChannelError } from "../ports.ts";

/** The body of a message, once. Leaving it early, even before the first piece, closes the connection. */
export function messageBody(message: IncomingMessage, isAborted: () => boolean): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const source = message[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      return {
        async next() {
          try {
            const part = await source.next();
            return part.done === true ? { done: true, value: undefined } : { done: false, value: part.value };
          } catch {
            throw new ChannelError(isAborted() ? "aborted" : "network", "the connection ended within the body");
          }
        },
        async return() {
          message.destroy();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** Header pairs as they came, names in lower case. */
export function headerPairs(message: IncomingMessage): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    pairs.push([(message.rawHeaders[index] ?? "").toLowerCase(), message.rawHeaders[index + 1] ?? ""]);
  }
  return pairs;
}

/** Header pairs as node:http takes them; repeated ones stay repeated. */
export function toNodeHeaders(headers: readonly (readonly [string, string])[]): Record<string, string[]> {
  const grouped = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of headers) {
    const key = Object.keys(grouped).find((each) => each.toLowerCase() === name.toLowerCase()) ?? name;
    grouped[key] = [...(grouped[key] ?? []), value];
  }
  return grouped;
}
