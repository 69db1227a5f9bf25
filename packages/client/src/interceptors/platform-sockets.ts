import { ChannelError, type ChannelSocket, type SocketListener, type SocketTransport } from "../ports.ts";
import type { Scope } from "./scope.ts";

/** React Native's takes headers as third argument. */
type PlatformWebSocket = new (
  url: string,
  protocols?: string | string[],
  options?: { readonly headers: Readonly<Record<string, string>> },
) => WebSocket;

function toChannelSocket(socket: WebSocket): ChannelSocket {
  return {
    protocol: socket.protocol ?? "",
    extensions: socket.extensions ?? "",
    bufferedAmount: () => socket.bufferedAmount ?? 0,
    send: (data) => socket.send(data as string | Uint8Array<ArrayBuffer>),
    close: (code, reason) => socket.close(code, reason),
  };
}

/** A socket of the platform that is being opened. */
export function whenOpen(socket: WebSocket, listener: SocketListener): Promise<ChannelSocket> {
  socket.binaryType = "arraybuffer";
  return new Promise((resolve, reject) => {
    let isOpen = false;
    socket.onopen = () => {
      isOpen = true;
      resolve(toChannelSocket(socket));
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === "string") listener.message(data);
      else listener.message(new Uint8Array(data as ArrayBuffer));
    };
    socket.onclose = ({ code, reason, wasClean }: CloseEvent) => {
      if (isOpen) listener.closed({ code: code ?? 1006, reason: reason ?? "", wasClean: wasClean ?? code !== 1006 });
      else reject(new ChannelError("network", "no connection"));
    };
    socket.onerror = () => {
      if (!isOpen) reject(new ChannelError("network", "no connection"));
    };
  });
}

/** The platform's own sockets: held to the device's trust alone. Only React Native's send headers of the caller's. */
export function platformSockets(scope: Scope, Platform: typeof WebSocket): SocketTransport {
  const sendsHeaders = scope.navigator?.product === "ReactNative";
  return {
    sendsHeaders,
    channels: ["system"],
    async open({ host, port, target, headers, protocols, service, abort }, listener) {
      if (abort.aborted) throw new ChannelError("aborted", "the caller gave up");
      const origin = service === "plain" ? `ws://${host}:${port}` : `wss://${host}${port === 443 ? "" : `:${port}`}`;
      const url = origin + target;
      const Socket = Platform as unknown as PlatformWebSocket;
      const subprotocols = protocols.length === 0 ? undefined : [...protocols];
      const socket = sendsHeaders
        ? new Socket(url, subprotocols, { headers: Object.fromEntries(headers) })
        : new Socket(url, subprotocols);
      const undo = abort.onAbort(() => socket.close());
      try {
        return await whenOpen(socket, listener);
      } catch (error) {
        throw abort.aborted ? new ChannelError("aborted", "the caller gave up") : error;
      } finally {
        undo();
      }
    },
  };
}
