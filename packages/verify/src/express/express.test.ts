import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import express from "express";
import { afterEach, describe, expect, it } from "vitest";
import { createVerifier } from "../index.ts";
import { provenRequest } from "../testing/corpus/dpop-cases.ts";
import { carrying, sha256, tokenOf } from "../testing/corpus/forge.ts";
import { signedRequest } from "../testing/corpus/http-signature-cases.ts";
import type { CorpusRequest } from "../testing/corpus/index.ts";
import { sendRaw } from "../testing/send-raw.ts";
import { type GuardedServer, listen } from "../testing/servers/guarded-server.ts";
import { toOptions } from "../testing/settings.ts";
import { captureRawBody, countersign } from "./index.ts";

const opened: GuardedServer[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

async function start(app: express.Express): Promise<number> {
  app.use((request: express.Request, response: express.Response) => {
    response.json({ title: (request.body as { title?: string } | undefined)?.title });
  });
  const server = await listen(createServer(app));
  opened.push(server);
  return server.port;
}

const body = '{"title": "Pillars"}';
const asJson = (request: CorpusRequest): CorpusRequest => ({
  ...request,
  headers: [...request.headers, ["Content-Type", "application/json"]],
});
const httpsig = () => createVerifier(toOptions("httpsig"));

describe("countersign of Express", () => {
  it("lets express.json parse a body that a proof covers, before it or after it", async () => {
    const before = express();
    before.use(countersign(httpsig()), express.json());
    const after = express();
    after.use(express.json({ verify: captureRawBody }), countersign(httpsig()));
    for (const app of [before, after]) {
      const answer = await sendRaw(await start(app), asJson(signedRequest({ body })));
      expect(answer.text).toContain('{"title":"Pillars"}');
    }
  });

  it("refuses a body that a parser read and did not keep, however alike it could be written again", async () => {
    const app = express();
    app.use(express.json(), countersign(httpsig(), { reveal: true }));
    expect((await sendRaw(await start(app), asJson(signedRequest({ body })))).text).toContain("body_unavailable");
  });

  it("refuses a body that a parser kept decompressed, and takes a compressed one before the parser", async () => {
    const packed = gzipSync(body);
    const digest = `sha-256=:${sha256(packed).toString("base64")}:`;
    const request = (): CorpusRequest => {
      const made = asJson({ ...signedRequest({ method: "POST", digest }), body: packed });
      return { ...made, headers: [...made.headers, ["Content-Encoding", "gzip"]] };
    };
    const before = express();
    before.use(countersign(httpsig()), express.json());
    expect((await sendRaw(await start(before), request())).text).toContain('{"title":"Pillars"}');
    const after = express();
    after.use(express.json({ verify: captureRawBody }), countersign(httpsig(), { reveal: true }));
    expect((await sendRaw(await start(after), request())).text).toContain("body_unavailable");
  });

  it("asks a verifier that is mounted twice once, so that a proof is no replay of itself", async () => {
    const verifier = createVerifier(toOptions("dpop"));
    const app = express();
    app.use(countersign(verifier));
    app.use("/v1", countersign(verifier));
    const port = await start(app);
    const request = provenRequest();
    expect((await sendRaw(port, request)).status).toBe(200);
    expect((await sendRaw(port, request)).status).toBe(401);
  });

  it("asks two verifiers on one way each for itself, the body included", async () => {
    const app = express();
    app.use(countersign(httpsig()), countersign(httpsig()), express.json());
    expect((await sendRaw(await start(app), asJson(signedRequest({ body })))).text).toContain('{"title":"Pillars"}');
  });

  it("gives a failure of the verifier to the next error handler, and lets nothing pass", async () => {
    const app = express();
    app.use(countersign({ verify: () => Promise.reject(new Error("broken")) }));
    app.use((_error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      response.status(500).end();
    });
    expect((await sendRaw(await start(app), carrying(tokenOf()))).status).toBe(500);
  });
});
