import { createServer } from "node:http";
import Koa from "koa";
import { countersign } from "../../koa/index.ts";
import type { Verification } from "../../verification.ts";
import { handled, listen, type OpenServer, readAll } from "./guarded-server.ts";

export const openKoaServer: OpenServer = (verifier, options) => {
  const app = new Koa();
  app.use(countersign(verifier, options));
  app.use(async (ctx) => {
    const { countersign: verification } = ctx.request as { readonly countersign?: Verification };
    ctx.body = handled(await readAll(ctx.req), verification);
  });
  const handle = app.callback();
  return listen(createServer((request, response) => void handle(request, response)));
};
