import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { protect } from "../../fetch/index.ts";
import { handled, listen, type OpenServer } from "./guarded-server.ts";

/** A worker's handler: it sees nothing but the Fetch request. */
export const openFetchServer: OpenServer = (verifier, options) => {
  const guarded = protect(
    verifier,
    async (request, verification) => new Response(handled(new Uint8Array(await request.arrayBuffer()), verification)),
    options,
  );
  return listen(createAdaptorServer({ fetch: (request) => guarded(request) }) as Server);
};
