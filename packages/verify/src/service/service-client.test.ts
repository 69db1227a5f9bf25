import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { createServiceClient } from "./service-client.ts";

const credential = `csv_${"c".repeat(43)}`;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Asked {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

async function serve(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { authorization } = request.headers;
      asked.push({ path: request.url, authorization, body: JSON.parse(Buffer.concat(chunks).toString() || "null") });
      answer(response, request);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, client: createServiceClient({ url, credential, api: "nasa", timeoutMs: 200 }) };
}

const json = (status: number, body: unknown) => (response: ServerResponse) =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

const report = {
  counts: { verified: 1, outdated: 0, unknownOrigin: 0, invalid: 0, reused: 0, decoys: 0 },
  reasons: {},
  fromMs: 1,
  toMs: 2,
  nonce: "n",
};

describe("the service client", () => {
  it("asks for a token to be used up, under its credential", async () => {
    const { asked, client } = await serve(json(200, { ok: true, alreadyConsumed: false, claims: {} }));
    expect(await client.consume("a.b.c")).toEqual({ ok: true, alreadyConsumed: false });
    expect(asked).toEqual([
      {
        path: "/v1/tokens/consume",
        authorization: `Bearer ${credential}`,
        body: { v: 1, api: "nasa", token: "a.b.c" },
      },
    ]);
  });

  it("passes on what the service says, in words of the closed table alone", async () => {
    const spent = await serve(json(200, { ok: true, alreadyConsumed: true }));
    expect(await spent.client.consume("t")).toEqual({ ok: true, alreadyConsumed: true });
    const banned = await serve(json(200, { ok: false, reason: "token_banned" }));
    expect(await banned.client.consume("t")).toEqual({ ok: false, reason: "token_banned" });
  });

  const unclear: readonly (readonly [string, (response: ServerResponse) => unknown])[] = [
    ["a foreign reason", json(200, { ok: false, reason: "fine" })],
    ["a yes without word of earlier use", json(200, { ok: true })],
    ["a yes in another status", json(201, { ok: true, alreadyConsumed: false })],
    ["a yes said twice", (response) => response.end('{"ok":false,"ok":true,"alreadyConsumed":false}')],
    ["an error", json(503, { code: "unavailable" })],
    ["a redirect", (response) => response.writeHead(307, { location: "/v1/tokens/consume" }).end()],
    ["no JSON", (response) => response.end("yes")],
    [
      "too much",
      (response) => response.end(JSON.stringify({ ok: true, alreadyConsumed: false, x: "x".repeat(70_000) })),
    ],
    ["a broken connection", (response) => response.destroy()],
    ["silence", () => {}],
  ];

  it.each(unclear)("takes for unavailable: %s", async (_, answer) => {
    const { client } = await serve(answer);
    expect(await client.consume("t")).toEqual({ ok: false, reason: "consume_unavailable" });
  });

  it("sends reports, and says whether they are settled", async () => {
    const taken = await serve(json(204, {}));
    expect(await taken.client.report(report)).toBe(true);
    expect(taken.asked[0]?.path).toBe("/v1/reports");
    expect(taken.asked[0]?.body).toEqual({ v: 1, api: "nasa", ...report });
    expect(await (await serve(json(400, {}))).client.report(report)).toBe(true);
    expect(await (await serve(json(429, {}))).client.report(report)).toBe(false);
    expect(await (await serve(json(503, {}))).client.report(report)).toBe(false);
    expect(await (await serve((response) => response.destroy())).client.report(report)).toBe(false);
  });

  it("asks what to look for under its credential, and takes nothing for a list that is none", async () => {
    const [salt, hash] = ["s".repeat(43), "h".repeat(43)];
    const list = { v: 1, salt, decoys: [{ length: 24, hash }] };
    const { asked, client } = await serve(json(200, { ...list, later: true }));
    expect(await client.decoys?.()).toEqual({ salt, decoys: [{ length: 24, hash }] });
    expect(asked).toEqual([{ path: "/v1/decoys", authorization: `Bearer ${credential}`, body: null }]);
    const odd = [{ length: 24 }, { length: 0, hash }, { length: 1.5, hash }, { length: 24, hash: "x" }, null, 7];
    expect(await (await serve(json(200, { ...list, decoys: odd }))).client.decoys?.()).toEqual({ salt, decoys: [] });
    for (const bad of [{ ...list, v: 2 }, { ...list, salt: "short" }, { ...list, decoys: {} }, [], null])
      expect(await (await serve(json(200, bad))).client.decoys?.()).toBeNull();
    expect(await (await serve(json(404, list))).client.decoys?.()).toBeNull();
    expect(await (await serve((response) => response.destroy())).client.decoys?.()).toBeNull();
  });

  it("shows its credential nowhere", () => {
    const client = createServiceClient({ url: "https://attest.example.com", credential, api: "nasa" });
    for (const text of [
      inspect(client, { depth: 9, showHidden: true }),
      JSON.stringify({ client }),
      `${Object.keys(client)}`,
    ])
      expect(text).not.toContain("ccc");
    expect(() => createServiceClient({ url: "https://x.example", credential: "csv_secret", api: "nasa" })).toThrow(
      /^(?!.*secret)/,
    );
  });

  it("does not speak plain HTTP beyond loopback", () => {
    expect(() => createServiceClient({ url: "http://attest.example.com", credential, api: "nasa" })).toThrow(TypeError);
    expect(() => createServiceClient({ url: "https://x.example", credential, api: "nasa", timeoutMs: 0 })).toThrow(
      TypeError,
    );
  });
});
