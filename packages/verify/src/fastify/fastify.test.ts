import type { AddressInfo } from "node:net";
import fastify from "fastify";
import { describe, expect, it } from "vitest";
import { createVerifier } from "../index.ts";
import { CountersignGuard } from "../nest/index.ts";
import { carrying, get, tokenOf } from "../testing/corpus/forge.ts";
import { signedRequest } from "../testing/corpus/http-signature-cases.ts";
import type { CorpusRequest } from "../testing/corpus/index.ts";
import { sendRaw } from "../testing/send-raw.ts";
import { type SettingName, toOptions } from "../testing/settings.ts";
import { countersign } from "./index.ts";

const verifier = (name: SettingName) => createVerifier(toOptions(name));
const injected = ({ method, target, headers, body }: CorpusRequest) => ({
  method: method as "GET",
  url: target,
  headers: Object.fromEntries(headers),
  ...(body === undefined ? {} : { payload: Buffer.from(body) }),
});
const asJson = (request: CorpusRequest): CorpusRequest => ({
  ...request,
  headers: [...request.headers, ["Content-Type", "application/json"]],
});

describe("countersign of Fastify", () => {
  it("lets Fastify parse a body that a proof covers", async () => {
    const app = fastify();
    await app.register(countersign(verifier("httpsig")));
    app.post("/v1/photos", async (request) => request.body);
    const answer = await app.inject(injected(asJson(signedRequest({ body: '{"title": "Pillars"}' }))));
    expect(answer.json()).toEqual({ title: "Pillars" });
    await app.close();
  });

  it("guards unknown routes as well: they tell nothing to strangers", async () => {
    const app = fastify();
    await app.register(countersign(verifier("es256")));
    expect((await app.inject(injected(get()))).statusCode).toBe(401);
    expect((await app.inject(injected(carrying(tokenOf())))).statusCode).toBe(404);
    await app.close();
  });

  it("guards one plugin's routes alone where it is registered there", async () => {
    const app = fastify();
    app.get("/health", async () => "well");
    await app.register(async (guarded) => {
      await guarded.register(countersign(verifier("es256")));
      guarded.get("/v1/photos", async () => "photos");
    });
    expect((await app.inject("/health")).statusCode).toBe(200);
    expect((await app.inject(injected(get()))).statusCode).toBe(401);
    await app.close();
  });

  it("lets no fragment pass as more of the query that was signed", async () => {
    const app = fastify();
    await app.register(countersign(verifier("httpsig"), { reveal: true }));
    app.get("/v1/photos", async (request) => request.query);
    await app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const genuine = signedRequest();
    expect((await sendRaw(port, genuine)).text).toContain('{"day":"2026-11-22"}');
    const extended = { ...signedRequest(), target: `${genuine.target}#&admin=1` };
    expect((await sendRaw(port, extended)).text).toContain("proof_target_wrong");
    await app.close();
  });

  it("judges the URL as it was sent where Fastify rewrites it", async () => {
    const app = fastify({ rewriteUrl: () => "/inner" });
    await app.register(countersign(verifier("httpsig")));
    app.get("/inner", async () => "inner");
    expect((await app.inject(injected(signedRequest()))).body).toBe("inner");
    await app.close();
  });
});

describe("CountersignGuard over Fastify's own request and reply", () => {
  it("answers a refusal itself, once, and leaves the verification on what passes", async () => {
    const guard = new CountersignGuard(verifier("es256"));
    const app = fastify();
    app.addHook("preHandler", async (request, reply) => {
      await guard.canActivate({
        getType: () => "http",
        switchToHttp: () => ({ getRequest: () => request, getResponse: () => reply }),
      });
    });
    app.get("/v1/photos", async (request) => (request as { countersign?: { ok: boolean } }).countersign?.ok);
    const refused = await app.inject(injected(get()));
    expect([refused.statusCode, refused.headers["content-type"]]).toEqual([401, "application/problem+json"]);
    expect((await app.inject(injected(carrying(tokenOf())))).body).toBe("true");
    await app.close();
  });
});
