import { openExpressServer } from "./express-server.ts";
import { openFastifyServer } from "./fastify-server.ts";
import { openFetchServer } from "./fetch-server.ts";
import type { OpenServer } from "./guarded-server.ts";
import { openHonoServer } from "./hono-server.ts";
import { openKoaServer } from "./koa-server.ts";
import { openNestServer } from "./nest-server.ts";
import { openNodeServer } from "./node-server.ts";

/** A server for every adapter, each the same to a client. */
export const servers: readonly (readonly [string, OpenServer])[] = [
  ["node:http", openNodeServer],
  ["Express", openExpressServer],
  ["Fastify", openFastifyServer],
  ["Hono", openHonoServer],
  ["Koa", openKoaServer],
  ["Nest", openNestServer],
  ["a Fetch handler", openFetchServer],
];
