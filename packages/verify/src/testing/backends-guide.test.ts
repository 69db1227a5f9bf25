import "reflect-metadata";
import { randomBytes } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { generateTokenKey, mintToken, toJwks } from "@countersign/tokens";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sendRaw } from "./send-raw.ts";
import { type GuardedServer, listen } from "./servers/guarded-server.ts";

const guide = fileURLToPath(new URL("../../../../docs/guides/backends.md", import.meta.url));
const service = "https://countersign.example.com";

/** What the guide leaves to the reader. */
const appModule = `
import { Controller, Get, Module, Req } from "@nestjs/common";
class Photos { list(request) { return { subject: request.countersign.token.subject }; } }
Get("photos")(Photos.prototype, "list", Object.getOwnPropertyDescriptor(Photos.prototype, "list"));
Req()(Photos.prototype, "list", 0);
Controller("v1")(Photos);
export class AppModule {}
Module({ controllers: [Photos] })(AppModule);
`;

const key = await generateTokenKey("ES256");
let issuing: GuardedServer;
let folder = "";
const opened: Server[] = [];
let blocks = new Map<string, string>();

const onListen = (message: unknown): void => {
  opened.push((message as { readonly server: Server }).server);
};

beforeAll(async () => {
  const { publicJwk } = key;
  if (publicJwk === null) throw new TypeError("ES256 has a public half");
  const jwks = JSON.stringify(toJwks([{ publicJwk, retiresAtMs: null }]));
  issuing = await listen(createServer((_request, response) => response.end(jwks)));
  const text = await readFile(guide, "utf8");
  const found = [...text.matchAll(/^( *)```js (\S+)\n(.*?)^ *```$/gms)];
  blocks = new Map(found.map(([, , name = "", code = ""]) => [name, code]));
  folder = await mkdtemp(join(fileURLToPath(new URL(".", import.meta.url)), ".guide-"));
  await writeFile(join(folder, "app.module.js"), appModule);
  for (const [name, code] of blocks) {
    const here = code.replaceAll(service, `http://127.0.0.1:${issuing.port}`).replaceAll("3000", "0");
    await writeFile(join(folder, name), here);
  }
});

afterAll(async () => {
  await issuing.close();
  await rm(folder, { recursive: true });
});

/** A token of this moment, minted by the service's own code. */
function mint(): string {
  const nowMs = Date.now();
  return mintToken({
    key: { kid: key.kid, alg: "ES256", key: key.key },
    profile: "countersign",
    issuer: `http://127.0.0.1:${issuing.port}/p/AAAAAAAAAAAAAAAAAAAAAA`,
    audience: "photos",
    subject: "c3ViamVjdC1vZi1hcGkxIQ",
    did: null,
    app: "photos",
    ip: null,
    firebase: null,
    issuedAtMs: nowMs,
    lifetimeSeconds: 300,
    endsAtMs: nowMs + 300_000,
    jti: new Uint8Array(randomBytes(16)),
  });
}

const load = (name: string): Promise<object> =>
  import(/* @vite-ignore */ pathToFileURL(join(folder, name)).href) as Promise<object>;

it.each(["express.js", "fastify.js", "hono.js", "koa.js", "nest.js", "node.js"])(
  "the guide's %s refuses a request without token and tells a genuine one its subject",
  async (name) => {
    subscribe("tracing:net.server.listen:asyncEnd", onListen);
    await load(name);
    await expect.poll(() => opened.length).toBeGreaterThan(0);
    unsubscribe("tracing:net.server.listen:asyncEnd", onListen);
    const servers = opened.splice(0);
    const port = (servers[0]?.address() as AddressInfo | null)?.port ?? 0;
    const request = { method: "GET", target: "/v1/photos", headers: [] };
    expect((await sendRaw(port, request)).status).toBe(401);
    const answer = await sendRaw(port, { ...request, headers: [["Countersign-Token", mint()]] });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("c3ViamVjdC1vZi1hcGkxIQ");
    for (const server of servers) server.close();
  },
);

it("the guide's worker.js refuses a request without token and tells a genuine one its subject", async () => {
  const worker = (await load("worker.js")) as { readonly default: { fetch(request: Request): Promise<Response> } };
  const url = "https://api.example.com/v1/photos";
  expect((await worker.default.fetch(new Request(url))).status).toBe(401);
  const answer = await worker.default.fetch(new Request(url, { headers: { "Countersign-Token": mint() } }));
  expect(await answer.json()).toEqual({ subject: "c3ViamVjdC1vZi1hcGkxIQ" });
});

it("the guide's verifier for monitor mode is one", async () => {
  process.env.COUNTERSIGN_CREDENTIAL = `csv_${"A".repeat(43)}`;
  expect(await load("monitor.js")).toHaveProperty("verifier.verify");
  delete process.env.COUNTERSIGN_CREDENTIAL;
});

it("runs every block of the guide", () => {
  expect([...blocks.keys()].toSorted()).toEqual([
    "express.js",
    "fastify.js",
    "hono.js",
    "koa.js",
    "monitor.js",
    "nest.js",
    "node.js",
    "verifier.js",
    "worker.js",
  ]);
});
