import type { Duplex } from "node:stream";

export interface WaitingCaller {
  /** Aborted where the caller has gone, or said something before its opening was answered (RFC 6455 §4.1 forbids it). */
  readonly signal: AbortSignal;
  /** True where it said something. */
  readonly hasSpoken: () => boolean;
  /** Stops watching, and leaves the socket to whoever reads it next. */
  readonly release: () => void;
}

/** Watches a caller while its opening is being answered: a connection that nobody reads would not tell that it has ended. */
export function waitForCaller(socket: Duplex, head: Buffer): WaitingCaller {
  const aborter = new AbortController();
  let hasSpoken = false;
  const speak = (): void => {
    hasSpoken = true;
    aborter.abort();
  };
  const go = (): void => aborter.abort();
  if (head.length > 0) speak();
  if (socket.destroyed) go();
  socket.on("data", speak).on("end", go).on("close", go);
  return {
    signal: aborter.signal,
    hasSpoken: () => hasSpoken,
    release: () => void socket.off("data", speak).off("end", go).off("close", go),
  };
}
