import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { brokeredSocket } from "@countersign/protocol";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { maxFragments, type SocketLimits } from "./socket-limits.ts";

/** What `ws` reads beside what its types know. */
interface FurtherOptions extends ServerOptions {
  readonly closeTimeout: number;
}

/**
 * Completes the caller's handshake (RFC 6455 §4.2.2) with this subprotocol, or the marker where there is none. No extension, and no header of the
 * upstream's: a browser shows none of them. Null where the caller has gone meanwhile.
 */
export function acceptCaller(
  request: IncomingMessage,
  socket: Duplex,
  protocol: string,
  limits: SocketLimits,
): WebSocket | null {
  const options: FurtherOptions = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.messageBytes,
    maxFragments,
    closeTimeout: limits.closingMs,
    handleProtocols: () => (protocol === "" ? brokeredSocket : protocol),
  };
  let accepted: WebSocket | null = null;
  new WebSocketServer(options).handleUpgrade(request, socket, Buffer.alloc(0), (opened) => {
    opened.pause();
    accepted = opened;
  });
  return accepted;
}
