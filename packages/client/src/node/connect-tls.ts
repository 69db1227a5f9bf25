import { isIP } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { type AbortHandle, ChannelError } from "../ports.ts";

const connectMs = 10_000;

/** Trouble of the network, as against a peer that is there and does not prove itself. */
const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EADDRNOTAVAIL",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

/** Where a connection goes; an IPv6 host without its brackets. */
export interface Peer {
  readonly host: string;
  readonly port: number;
}

/** A connection whose peer proved itself by these options; nothing is written on it yet. Giving up closes it. Rejects with ChannelError. */
export function connectTls({ host, port }: Peer, options: ConnectionOptions, abort: AbortHandle): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    if (abort.aborted) return reject(new ChannelError("aborted", "the caller gave up"));
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ ...options, host, port, ...servername });
    const undo = abort.onAbort(() => {
      socket.destroy();
      reject(new ChannelError("aborted", "the caller gave up"));
    });
    const failed = (error: NodeJS.ErrnoException): void => {
      undo();
      const isNetwork = networkCodes.has(error.code ?? "");
      const code = isNetwork ? "network" : "channel_refused";
      reject(new ChannelError(code, isNetwork ? "no connection" : "the peer did not prove itself"));
    };
    socket.setTimeout(connectMs, () => socket.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" })));
    socket.once("error", failed);
    // Between the handshake and its first reader a connection may break: that is no uncaught error.
    socket.on("error", () => {});
    socket.once("secureConnect", () => {
      undo();
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.removeListener("error", failed);
      resolve(socket);
    });
  });
}
