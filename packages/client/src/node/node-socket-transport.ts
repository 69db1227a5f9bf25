import { WebSocket } from "ws";
import { ChannelError, type ChannelSocket, type SocketListener, type SocketTransport } from "../ports.ts";
import { heldAgents } from "./held-agents.ts";
import { toNodeHeaders } from "./message-body.ts";
import type { NodeChannelOptions } from "./node-channel-transport.ts";

const openingMs = 30_000;

/** What the opening itself says; an app's own would contradict it. */
const openingHeaders = /^(sec-websocket-.*|origin)$/i;

function toBytes(data: unknown): Uint8Array {
  if (Array.isArray(data)) return new Uint8Array(Buffer.concat(data as Buffer[]));
  return Buffer.isBuffer(data) ? new Uint8Array(data) : new Uint8Array(data as ArrayBuffer);
}

function listen(socket: WebSocket, listener: SocketListener): void {
  socket.on("message", (data, isBinary) => {
    const bytes = toBytes(data);
    listener.message(isBinary ? bytes : Buffer.from(bytes).toString("utf8"));
  });
  socket.on("close", (code, reason) => {
    listener.closed({ code, reason: reason.toString("utf8"), wasClean: code !== 1006 });
  });
}

function toChannelSocket(socket: WebSocket): ChannelSocket {
  return {
    protocol: socket.protocol,
    extensions: socket.extensions,
    bufferedAmount: () => socket.bufferedAmount,
    send: (data) => socket.send(data),
    close: (code, reason) => socket.close(code, reason),
  };
}

/** WebSockets over TLS that is held as `nodeChannelTransport` holds it: nothing is written before the peer proved itself. */
export function nodeSocketTransport(options: NodeChannelOptions = {}): SocketTransport {
  const agentOf = heldAgents(options.trustedCas);
  return {
    sendsHeaders: true,
    channels: ["system", "pins", "roots", "both"],
    async open({ host, port, target, headers, protocols, policy, abort }, listener) {
      if (abort.aborted) throw new ChannelError("aborted", "the caller gave up");
      if (policy.channel === "pins" && policy.pins.length === 0) {
        throw new ChannelError("channel_refused", "the policy names no pin");
      }
      const own = headers.filter(([name]) => !/^sec-websocket-/i.test(name));
      const origin = own.find(([name]) => name.toLowerCase() === "origin")?.[1];
      const socket = new WebSocket(`wss://${host}:${port}${target}`, [...protocols], {
        agent: agentOf(policy),
        headers: toNodeHeaders(own.filter(([name]) => !openingHeaders.test(name))) as Record<string, never>,
        ...(origin === undefined ? {} : { origin }),
        followRedirects: false,
        perMessageDeflate: false,
        handshakeTimeout: openingMs,
        // A URL is read once more on the way: what is sent is the text that was checked.
        finishRequest(request) {
          request.path = target;
          request.end();
        },
      });
      return new Promise((resolve, reject) => {
        const undo = abort.onAbort(() => socket.terminate());
        // Before it is open an error tells why; after that the end follows by itself.
        socket.on("error", (error) => {
          undo();
          const isOwn = error instanceof ChannelError && !abort.aborted;
          reject(isOwn ? error : new ChannelError(abort.aborted ? "aborted" : "network", "no connection"));
        });
        socket.once("open", () => {
          undo();
          listen(socket, listener);
          resolve(toChannelSocket(socket));
        });
      });
    },
  };
}
