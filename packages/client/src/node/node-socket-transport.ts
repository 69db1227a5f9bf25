import type { ClientRequest } from "node:http";
import { type ClientOptions, WebSocket } from "ws";
import { ChannelError, type ChannelSocket, type SocketListener, type SocketTransport } from "../ports.ts";
import type { Opening } from "./held-agent.ts";
import { heldAgents } from "./held-agents.ts";
import { toNodeHeaders } from "./message-body.ts";
import type { NodeChannelOptions } from "./node-channel-transport.ts";
import { type NodeServiceOptions, serviceStore } from "./node-service-transport.ts";
import { forget } from "./send-message.ts";

/** With `serviceCa`, for connections to the service alone. */
export type NodeSocketOptions = NodeChannelOptions & Pick<NodeServiceOptions, "serviceCa">;

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

/**
 * Writes what is filled to the request alone, once: `ws` keeps its URL and its options as long as the socket. A URL is read once more on the way,
 * too: what is sent is the text that was checked.
 */
function writer(target: string, headers: Readonly<Record<string, string[]>>): (request: ClientRequest) => void {
  let unwritten: readonly [string, Readonly<Record<string, string[]>>] | null = [target, headers];
  return (request) => {
    const [path, fields] = unwritten ?? ["/", {}];
    unwritten = null;
    try {
      request.path = path;
      for (const [name, values] of Object.entries(fields)) request.setHeader(name, values);
    } catch {
      request.destroy();
      return;
    }
    request.end();
  };
}

/** WebSockets over TLS that is held as `nodeChannelTransport` holds it: nothing is written before the peer proved itself. */
export function nodeSocketTransport(options: NodeSocketOptions = {}): SocketTransport {
  const agentOf = heldAgents(options.trustedCas);
  const serviceAgentOf = heldAgents(serviceStore(options));
  return {
    sendsHeaders: true,
    channels: ["system", "pins", "roots", "both"],
    async open({ host, port, target, headers, protocols, policy, service, abort }, listener) {
      if (abort.aborted) throw new ChannelError("aborted", "the caller gave up");
      if (policy.channel === "pins" && policy.pins.length === 0) {
        throw new ChannelError("channel_refused", "the policy names no pin");
      }
      const own = headers.filter(([name]) => !/^sec-websocket-/i.test(name));
      const origin = own.find(([name]) => name.toLowerCase() === "origin")?.[1];
      const opening: Opening = { abort };
      const write = writer(target, toNodeHeaders(own.filter(([name]) => !openingHeaders.test(name))));
      let outgoing: ClientRequest | undefined;
      const over = (): void => {
        opening.abort = null;
        if (outgoing !== undefined) forget(outgoing);
        outgoing = undefined;
      };
      const options: ClientOptions & { readonly opening: Opening } = {
        opening,
        ...(service === "plain" ? {} : { agent: (service === undefined ? agentOf : serviceAgentOf)(policy) }),
        ...(origin === undefined ? {} : { origin }),
        followRedirects: false,
        perMessageDeflate: false,
        handshakeTimeout: openingMs,
        finishRequest(request) {
          outgoing = request;
          write(request);
        },
      };
      const socket = new WebSocket(`${service === "plain" ? "ws" : "wss"}://${host}:${port}/`, [...protocols], options);
      return new Promise((resolve, reject) => {
        const undo = abort.onAbort(() => socket.terminate());
        // Before it is open an error tells why; after that the end follows by itself.
        socket.on("error", (error) => {
          undo();
          over();
          const isOwn = error instanceof ChannelError && !abort.aborted;
          reject(isOwn ? error : new ChannelError(abort.aborted ? "aborted" : "network", "no connection"));
        });
        socket.once("open", () => {
          undo();
          over();
          listen(socket, listener);
          resolve(toChannelSocket(socket));
        });
      });
    },
  };
}
