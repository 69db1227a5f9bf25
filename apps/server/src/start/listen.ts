import type { FastifyInstance } from "fastify";
import { StartError } from "../data-folder/start-error.ts";

/**
 * Binds the server; gives the port.
 *
 * @throws StartError `port_taken`, `address_unavailable`.
 */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<number> {
  try {
    await app.listen({ host, port, listenTextResolver: () => "bound" });
  } catch (error) {
    throw bindProblem(error, host, port);
  }
  const address = app.server.address();
  if (address === null || typeof address === "string") throw new TypeError("a TCP server has a port");
  return address.port;
}

/** Why an address could not be bound, for the operator. */
export function bindProblem(error: unknown, host: string, port: number): StartError {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "EADDRINUSE") {
    return new StartError(
      "port_taken",
      `Port ${port} of ${host} is in use.`,
      "Stop what uses it, or name another with --port.",
    );
  }
  const why = typeof code === "string" ? ` (${code})` : "";
  return new StartError(
    "address_unavailable",
    `The service cannot listen on ${host}, port ${port}${why}.`,
    "Name an address of this machine and a port that this user may bind.",
  );
}
