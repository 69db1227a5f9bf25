import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { protect } from "../../fetch/index.ts";
import { bodyDigest, listen, type OpenServer } from "./guarded-server.ts";

/** A worker's handler: it sees nothing but the Fetch request. */
export const openFetchServer: OpenServer = (verifier) => {
  const guarded = protect(
    verifier,
    async (request) => new Response(bodyDigest(new Uint8Array(await request.arrayBuffer()))),
  );
  return listen(createAdaptorServer({ fetch: (request) => guarded(request) }) as Server);
};
