import { createServer } from "node:http";
import Koa from "koa";
import { countersign } from "../../koa/index.ts";
import { bodyDigest, listen, type OpenServer, readAll } from "./guarded-server.ts";

export const openKoaServer: OpenServer = (verifier) => {
  const app = new Koa();
  app.use(countersign(verifier));
  app.use(async (ctx) => {
    ctx.body = bodyDigest(await readAll(ctx.req));
  });
  return listen(createServer(app.callback()));
};
