import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { type CountersignVariables, countersign } from "../../hono/index.ts";
import { handled, listen, type OpenServer } from "./guarded-server.ts";

export const openHonoServer: OpenServer = (verifier, options) => {
  const app = new Hono<{ Variables: CountersignVariables }>().basePath("/v1");
  app.use(countersign(verifier, options));
  app.all("*", async (context) =>
    context.text(handled(new Uint8Array(await context.req.arrayBuffer()), context.get("countersign"))),
  );
  return listen(createAdaptorServer({ fetch: app.fetch }) as Server);
};
