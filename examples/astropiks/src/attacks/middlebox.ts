import { type AddressInfo, connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, createServer, type TLSSocket } from "node:tls";
import { createTlsAuthority } from "../tls/tls-authority.ts";

/** A box on the path that ends TLS under a certificate authority of its own and reads everything. */
export interface Middlebox {
  readonly port: number;
  /** The box's root: where a process trusts it, the box is invisible to plain TLS. */
  readonly caPem: string;
  /** Every byte it could read, in both directions, in the order it came. */
  seen(): readonly Uint8Array[];
  /** Connections on which the other end broke off the handshake. */
  refusedHandshakes(): number;
  forget(): void;
  close(): Promise<void>;
}

/** Stands between a caller and `127.0.0.1:port` and pretends to be `localhost`. `tls`: whether the real service speaks TLS. */
export async function createMiddlebox(to: {
  readonly port: number;
  readonly tls: boolean;
  readonly nowMs: number;
  /** What the box answers itself to a piece of the caller's, instead of passing it on; null passes it. */
  readonly forge?: (piece: string) => string | null;
}): Promise<Middlebox> {
  const authority = createTlsAuthority({ name: "Middlebox CA", nowMs: to.nowMs });
  const { cert, key } = authority.issue(["localhost", "127.0.0.1"]);
  const open = new Set<Socket | TLSSocket>();
  let seen: Uint8Array[] = [];
  let refused = 0;

  const keep = (socket: Socket | TLSSocket): void => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
  };
  const server = createServer({ cert, key, ALPNProtocols: ["http/1.1"] }, (caller) => {
    const service = to.tls
      ? connectTls({
          host: "127.0.0.1",
          port: to.port,
          servername: "localhost",
          rejectUnauthorized: false,
          ALPNProtocols: ["http/1.1"],
        })
      : connectTcp({ host: "127.0.0.1", port: to.port });
    for (const [from, onward] of [
      [caller, service],
      [service, caller],
    ] as const) {
      keep(from);
      from.on("data", (chunk: Buffer) => {
        seen.push(Buffer.from(chunk));
        const forged = from === caller ? (to.forge?.(chunk.toString("latin1")) ?? null) : null;
        if (forged === null) onward.write(chunk);
        else from.write(forged);
      });
      from.on("end", () => onward.end());
      from.on("close", () => onward.destroy());
    }
  });
  server.on("tlsClientError", () => {
    refused += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    caPem: authority.pem,
    seen: () => [...seen],
    refusedHandshakes: () => refused,
    forget: () => {
      seen = [];
      refused = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
