import { openSync, writeSync } from "node:fs";
import { Socket } from "node:net";

/**
 * From now on every byte that this process writes to a socket or reads from one is appended to the file, on the application's side of TLS. It is
 * written down at once: nothing of it stays in memory.
 */
export function recordSockets(file: string): void {
  const target = openSync(file, "a");
  const note = (chunk: unknown, encoding?: BufferEncoding): void => {
    if (chunk instanceof Uint8Array) writeSync(target, chunk);
    if (typeof chunk !== "string") return;
    // Not from the pool of small buffers, which would keep the bytes.
    const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(chunk, encoding));
    bytes.write(chunk, encoding);
    writeSync(target, bytes);
    bytes.fill(0);
  };
  const sockets = Socket.prototype as unknown as Record<"_write" | "_writev" | "push", (...args: never[]) => unknown>;
  const { _write: write, _writev: writev, push } = sockets;
  Object.assign(sockets, {
    _write(chunk: unknown, encoding: BufferEncoding, done: unknown) {
      note(chunk, encoding);
      return Reflect.apply(write, this, [chunk, encoding, done]);
    },
    _writev(chunks: readonly { readonly chunk: unknown; readonly encoding: BufferEncoding }[], done: unknown) {
      for (const { chunk, encoding } of chunks) note(chunk, encoding);
      return Reflect.apply(writev, this, [chunks, done]);
    },
    push(chunk: unknown, encoding?: BufferEncoding) {
      note(chunk, encoding);
      return Reflect.apply(push, this, [chunk, encoding]);
    },
  });
}
