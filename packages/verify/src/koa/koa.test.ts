import { createServer } from "node:http";
import Koa from "koa";
import { afterEach, describe, expect, it } from "vitest";
import { createVerifier } from "../index.ts";
import { signedRequest } from "../testing/corpus/http-signature-cases.ts";
import { sendRaw } from "../testing/send-raw.ts";
import { type GuardedServer, listen, readAll } from "../testing/servers/guarded-server.ts";
import { toOptions } from "../testing/settings.ts";
import { countersign } from "./index.ts";

const opened: GuardedServer[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

async function start(app: Koa): Promise<number> {
  app.use((ctx) => {
    ctx.body = ctx.state.countersign.bucket;
  });
  const handle = app.callback();
  const server = await listen(createServer((request, response) => void handle(request, response)));
  opened.push(server);
  return server.port;
}

const httpsig = () => createVerifier(toOptions("httpsig"));
const body = '{"title": "Pillars"}';

describe("countersign of Koa", () => {
  it("judges the URL as it was sent, whatever a middleware before made of it", async () => {
    const app = new Koa();
    app.use((ctx, next) => {
      ctx.url = "/inner";
      return next();
    });
    app.use(countersign(httpsig()));
    const answer = await sendRaw(await start(app), signedRequest());
    expect(answer.text).toContain("verified");
  });

  it("takes the text that a body parser kept on the request, and refuses where none was kept", async () => {
    for (const keeps of [true, false]) {
      const app = new Koa();
      app.use(async (ctx, next) => {
        const text = Buffer.from(await readAll(ctx.req)).toString();
        if (keeps) Object.assign(ctx.request, { rawBody: text });
        return next();
      });
      app.use(countersign(httpsig(), { reveal: true }));
      const answer = await sendRaw(await start(app), signedRequest({ body }));
      expect(answer.text).toContain(keeps ? "verified" : "body_unavailable");
    }
  });
});
