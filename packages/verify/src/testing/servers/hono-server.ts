import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { type CountersignVariables, countersign } from "../../hono/index.ts";
import { bodyDigest, listen, type OpenServer } from "./guarded-server.ts";

export const openHonoServer: OpenServer = (verifier) => {
  const app = new Hono<{ Variables: CountersignVariables }>().basePath("/v1");
  app.use(countersign(verifier));
  app.all("*", async (context) => context.text(bodyDigest(new Uint8Array(await context.req.arrayBuffer()))));
  return listen(createAdaptorServer({ fetch: app.fetch }) as Server);
};
