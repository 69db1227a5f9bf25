import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { createVerifier } from "../index.ts";
import { provenRequest } from "../testing/corpus/dpop-cases.ts";
import { signedRequest } from "../testing/corpus/http-signature-cases.ts";
import type { CorpusRequest } from "../testing/corpus/index.ts";
import { toOptions } from "../testing/settings.ts";
import { type CountersignVariables, countersign } from "./index.ts";

const body = '{"title": "Pillars"}';
const httpsig = () => createVerifier(toOptions("httpsig"));
const toRequest = ({ method, target, headers, body: bytes }: CorpusRequest): Request =>
  new Request(`https://inside.example${target}`, {
    method,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    ...(bytes === undefined ? {} : { body: Buffer.from(bytes) }),
  });

describe("countersign of Hono, without a Node server below", () => {
  it("lets a handler read as JSON what a proof covers, under a mounted base path", async () => {
    const inner = new Hono<{ Variables: CountersignVariables }>();
    inner.use(countersign(httpsig()));
    inner.post("/photos", async (c) => c.json({ ...(await c.req.json()), proof: c.get("countersign").bucket }));
    const app = new Hono().route("/v1", inner);
    const answer = await app.request(toRequest(signedRequest({ body })));
    expect(await answer.json()).toEqual({ title: "Pillars", proof: "verified" });
  });

  it("refuses a body that was read before", async () => {
    const app = new Hono();
    app.use(async (c, next) => {
      await c.req.json();
      await next();
    });
    app.use(countersign(httpsig(), { reveal: true }));
    app.post("/v1/photos", (c) => c.text("never"));
    const answer = await app.request(toRequest(signedRequest({ body })));
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ reason: "body_unavailable" });
  });

  it("asks a verifier that is used twice once, so that a proof is no replay of itself", async () => {
    const verifier = createVerifier(toOptions("dpop"));
    const app = new Hono();
    app.use(countersign(verifier));
    app.use("/v1/*", countersign(verifier));
    app.get("/v1/photos", (c) => c.text("photos"));
    const request = provenRequest();
    expect((await app.request(toRequest(request))).status).toBe(200);
    expect((await app.request(toRequest(request))).status).toBe(401);
  });
});
