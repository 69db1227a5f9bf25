import { createServer as createPlainServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { ServerIdentity } from "../tls/tls-authority.ts";

/** A server of the attacker's that answers 200 and keeps every request. */
export interface Listener {
  readonly port: number;
  /** Requests that arrived. */
  requests(): number;
  seen(): readonly Uint8Array[];
  close(): Promise<void>;
}

/** Listens on the loopback address: with TLS where an identity is given, else in the clear. */
export async function createListener(tls: ServerIdentity | null): Promise<Listener> {
  const seen: Uint8Array[] = [];
  const open = new Set<Socket>();
  let requests = 0;
  const keep: RequestListener = (request, response) => {
    requests += 1;
    seen.push(Buffer.from(`${request.method} ${request.url}\r\n${request.rawHeaders.join("\r\n")}\r\n\r\n`));
    request.on("data", (chunk: Buffer) => void seen.push(chunk));
    request.on("end", () => response.end("thank you"));
  };
  const server = tls === null ? createPlainServer(keep) : createTlsServer({ cert: tls.cert, key: tls.key }, keep);
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => requests,
    seen: () => [...seen],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
