import { once } from "node:events";
import type { Server } from "node:http";
import { bindProblem } from "../start/listen.ts";

/**
 * Binds the server; gives the port.
 *
 * @throws StartError `port_taken`, `address_unavailable`.
 */
export async function bindServer(server: Server, host: string, port: number): Promise<number> {
  try {
    server.listen({ host, port });
    await once(server, "listening");
  } catch (error) {
    throw bindProblem(error, host, port);
  }
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("a TCP server has a port");
  return address.port;
}
