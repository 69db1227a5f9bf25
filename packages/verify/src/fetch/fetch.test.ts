import { describe, expect, it } from "vitest";
import { createVerifier } from "../index.ts";
import { tokenHeader, tokenOf } from "../testing/corpus/forge.ts";
import { signedRequest } from "../testing/corpus/http-signature-cases.ts";
import { toOptions } from "../testing/settings.ts";
import { countersign, protect } from "./index.ts";

const url = "https://inside.example/v1/photos?day=2026-11-22";
const genuine = (): Request => new Request(url, { headers: { [tokenHeader]: tokenOf() } });
const verifier = () => createVerifier(toOptions("es256"));

describe("protect", () => {
  it("hands the handler what the runtime hands on", async () => {
    const worker = protect(verifier(), (_request, verification, env: { name: string }, context: number) =>
      Response.json([verification?.bucket, env.name, context]),
    );
    expect(await (await worker(genuine(), { name: "worker" }, 7)).json()).toEqual(["verified", "worker", 7]);
  });

  it("runs no handler for what is refused", async () => {
    let ran = false;
    const worker = protect(verifier(), () => {
      ran = true;
      return new Response();
    });
    const answer = await worker(new Request(url));
    expect([answer.status, answer.headers.get("cache-control"), ran]).toEqual([401, "no-store", false]);
  });

  it("refuses a body that was read before or is being read", async () => {
    const { headers, body = new Uint8Array(0) } = signedRequest({ body: "{}" });
    const lines = headers.map(([name, value]): [string, string] => [name, value]);
    const worker = protect(createVerifier(toOptions("httpsig")), () => new Response(), { reveal: true });
    const read = new Request(url, { method: "POST", headers: lines, body: Buffer.from(body) });
    await read.arrayBuffer();
    expect(await (await worker(read)).text()).toContain("body_unavailable");
    const locked = new Request(url, { method: "POST", headers: lines, body: Buffer.from(body) });
    locked.body?.getReader();
    expect(await (await worker(locked)).text()).toContain("body_unavailable");
  });
});

describe("countersign of Fetch", () => {
  it("gives a router the verification, or the answer to send", async () => {
    const check = countersign(verifier());
    expect(await check(genuine())).toMatchObject({ pass: true, verification: { ok: true } });
    const refused = await check(new Request(url));
    expect(refused).toMatchObject({ pass: false, verification: { reason: "token_missing" } });
    expect(refused.pass || refused.response.status).toBe(401);
  });

  it("judges a request that comes again anew", async () => {
    const check = countersign(createVerifier(toOptions("httpsig")));
    const { headers } = signedRequest();
    const request = new Request(url, { headers: headers.map(([name, value]): [string, string] => [name, value]) });
    expect((await check(request)).pass).toBe(true);
    expect(await check(request)).toMatchObject({ verification: { reason: "proof_replayed" } });
  });
});
