import type { WebSocket } from "ws";

export interface MessageRelay {
  readonly from: WebSocket;
  readonly to: WebSocket;
  /** What is sent on of a message, of the same length. */
  readonly through: (message: Buffer) => Buffer;
  /** Bytes that may wait to be taken before `from` is read no further. */
  readonly waitingBytes: number;
  readonly drainMs: number;
  /** Asked before each message is sent on: false where it must not be. */
  readonly mayPass: () => boolean;
  /** The other side took nothing of what waits for too long. */
  readonly onStalled: () => void;
}

/** Sends whole messages of one side on to the other, in their order and kind, at the pace at which it takes them. Gives what ends its waiting. */
export function relayMessages(relay: MessageRelay): () => void {
  const { from, to } = relay;
  let stalled: NodeJS.Timeout | null = null;

  const release = (): void => {
    if (stalled === null) return;
    if (to.bufferedAmount > relay.waitingBytes) {
      stalled.refresh();
      return;
    }
    clearTimeout(stalled);
    stalled = null;
    from.resume();
  };

  from.on("message", (data: Buffer, isBinary: boolean) => {
    if (!relay.mayPass() || to.readyState !== to.OPEN) return;
    to.send(relay.through(data), { binary: isBinary }, release);
    if (stalled !== null || to.bufferedAmount <= relay.waitingBytes) return;
    stalled = setTimeout(relay.onStalled, relay.drainMs);
    from.pause();
  });

  return () => {
    clearTimeout(stalled ?? undefined);
    stalled = null;
  };
}
