import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { type WebSocket, WebSocketServer } from "ws";

/** What a message does to the socket beside coming back. */
const commands: Readonly<Record<string, (socket: WebSocket) => void>> = {
  fragments: (socket) => {
    socket.send("frag", { fin: false });
    socket.ping("between");
    socket.send("ments", { fin: true });
  },
  ping: (socket) => {
    socket.once("pong", (data) => socket.send(`pong ${data.toString("utf8")}`));
    socket.ping("are you there");
  },
  end: (socket) => socket.close(4001, "as you wish"),
};

function converse(socket: WebSocket): void {
  socket.on("message", (data, isBinary) => {
    const command = isBinary ? undefined : commands[Buffer.isBuffer(data) ? data.toString("utf8") : ""];
    if (command === undefined) socket.send(data, { binary: isBinary });
    else command(socket);
  });
}

export interface LoopbackPeer {
  readonly port: number;
  /** Closing codes and reasons of clients, in their order. */
  readonly ends: readonly (readonly [number, string])[];
  close(): void;
}

/**
 * A TLS server of Node's own with the certificates of `writeTlsMaterials`: WebSockets of the package `ws` that send back what they get, and over HTTP the
 * number of the connection that a request came by and how many came by it.
 */
export async function listenOnLoopback(folder: string): Promise<LoopbackPeer> {
  const pem = (name: string): string => readFileSync(join(folder, `${name}.pem`), "utf8");
  const sockets = new Map<Socket, { readonly number: number; requests: number }>();
  const ends: [number, string][] = [];
  const server = createServer({ key: pem("leaf-key"), cert: pem("leaf") + pem("device") }, (request, response) => {
    const of = sockets.get(request.socket) ?? { number: sockets.size, requests: 0 };
    sockets.set(request.socket, of);
    of.requests += 1;
    request.resume().on("end", () => response.end(`connection ${of.number}, request ${of.requests}`));
  });
  const peers = new WebSocketServer({ server, handleProtocols: (offered) => (offered.has("chat") ? "chat" : false) });
  peers.on("connection", (socket) => {
    socket.on("close", (code, reason) => void ends.push([code, reason.toString("utf8")]));
    converse(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    ends,
    close() {
      for (const socket of peers.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
    },
  };
}
