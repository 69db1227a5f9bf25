import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import fastifySwagger from "@fastify/swagger";
import { type FastifyInstance, fastify } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLeaks } from "../../../../../testing/leak-detector.ts";
import { adminErrors } from "../../domain/admin/admin-error.ts";
import { type AdminLab, openAdminLab } from "../../domain/admin/admin-lab.suite.ts";
import { adminRoutes } from "./admin-routes.ts";

let lab: AdminLab;
let app: FastifyInstance;
let log: string;
let project: string;

beforeEach(async () => {
  lab = await openAdminLab();
  log = "";
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      log += String(chunk);
      done();
    },
  });
  app = fastify({ logger: { level: "trace", stream: sink }, routerOptions: { maxParamLength: 128 } });
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "test", version: "0" },
      components: { securitySchemes: { administrator: { type: "http", scheme: "bearer" } } },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(adminRoutes(lab.admin));
  await app.ready();
  project = (await lab.admin.createProject(lab.actor, { name: "p", kind: "development" })).id;
});
afterEach(async () => {
  await app.close();
  await lab.close();
});

interface Sent {
  readonly token?: string | null;
  readonly type?: string;
  readonly raw?: string;
}

async function call(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
  sent: Sent = {},
) {
  const token = sent.token === undefined ? lab.token : sent.token;
  const payload = sent.raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const answer = await app.inject({
    method,
    url: `/admin/v1/${path}`,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(payload === undefined ? {} : { "content-type": sent.type ?? "application/json" }),
    },
    ...(payload === undefined ? {} : { payload }),
  });
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text: answer.body,
    json: answer.body === "" ? null : answer.json(),
  };
}

const place = {
  api: "nasa",
  methods: ["GET"],
  path: "/planetary/apod",
  in: "query",
  name: "api_key",
  when: "placeholder",
};
const below = (path: string) => `projects/${project}/${path}`;

describe("the admin API answers", () => {
  it("200, 201 and 204 over the whole life of a project", async () => {
    const steps: [number, Promise<{ status: number; text: string }>][] = [];
    const step = async (status: number, ...[method, path, body]: Parameters<typeof call>) => {
      const answer = call(method, path, body);
      steps.push([status, answer]);
      expect([method, path, (await answer).status, status < 300 ? "" : (await answer).text]).toEqual([
        method,
        path,
        status,
        "",
      ]);
    };
    await step(200, "GET", "status");
    await step(201, "POST", "projects", { name: "second", kind: "production", host: "attest.example.org" });
    await step(200, "GET", "projects");
    await step(200, "GET", `projects/${project}`);
    await step(200, "PATCH", `projects/${project}`, { reasons: true });
    await step(200, "PUT", below("anchors"), { pems: [] });
    await step(201, "POST", below("apps"), { id: "astro", ios: { appIds: ["ABCDE12345.a.b"] }, android: null });
    await step(200, "GET", below("apps"));
    await step(200, "GET", below("apps/astro"));
    await step(200, "PUT", below("apps/astro"), { web: { origins: ["https://a.example"] } });
    await step(201, "POST", below("apis"), { id: "nasa", host: "api.nasa.gov", channel: "system", token: null });
    await step(200, "GET", below("apis"));
    await step(200, "GET", below("apis/nasa"));
    await step(200, "PUT", below("apis/nasa"), { host: "api.nasa.gov", channel: "system", token: { header: "X-T" } });
    await step(200, "PUT", below("secrets/key"), { value: "value", places: [place], apps: ["astro"] });
    await step(200, "GET", below("secrets"));
    await step(200, "POST", below("secrets/key/rotate"), { value: "other" });
    await step(200, "POST", below("secrets/key/mode"), { mode: "brokered", keepExposedValue: true });
    await step(204, "DELETE", below("secrets/key"));
    await step(200, "PUT", below("oauth-clients"), { clientId: "https://client.example/a?b", apps: ["astro"] });
    await step(200, "GET", below("oauth-clients"));
    await step(204, "DELETE", below(`oauth-clients?clientId=${encodeURIComponent("https://client.example/a?b")}`));
    await step(204, "DELETE", below("apis/nasa"));
    await step(204, "DELETE", below("apps/astro"));
    await step(200, "PUT", below("instances/AAAAAAAAAAAAAAAAAAAAAA/ban"), { reason: "r" });
    await step(204, "DELETE", below("instances/AAAAAAAAAAAAAAAAAAAAAA/ban?by=instance"));
    await step(200, "GET", below("audit?limit=5"));
    await step(200, "GET", "audit");
    await step(200, "GET", below("activity?month=2026-11"));
    await step(200, "GET", below("root?host=a.example"));
    await step(200, "POST", below("keys/recover"));
    await step(200, "POST", below("keys/recover"), {});
    expect(steps).toHaveLength(32);
  });

  it("the trace of an ARC and the record of an instance in the shape that is documented", async () => {
    const arc = "ABCDEFGHIJKLMN27";
    const instance = "BwcHBwcHBwcHBwcHBwcHBw";
    const at = lab.nowMs();
    await lab.store.traces.add({
      project,
      arc,
      atMs: at,
      use: "enrol",
      verdict: "refused",
      reasons: ["chain_untrusted"],
      checks: [{ name: "c", result: "fail", reason: "chain_untrusted", expected: null, found: null }],
      app: "a",
      platform: "android",
      instance,
      signals: ["hook"],
    });
    await lab.store.instances.put({
      project,
      instance,
      app: "a",
      platform: "android",
      attestedKey: "k",
      instanceKey: "k",
      subject: "s",
      facts: {
        platform: "android",
        packages: [{ name: "a.b", version: 1 }],
        signingDigests: ["00"],
        securityLevel: "tee",
        provisioning: "remote",
        deviceLocked: true,
        verifiedBootState: "verified",
        verifiedBootKey: null,
        osVersion: 160000,
        osPatchLevel: 202611,
      },
      factsVersion: 1,
      evidenceAtMs: at,
      serials: ["0a"],
      batch: null,
      counter: 0,
      createdAtMs: at,
      lastSeenAtMs: at,
    });
    expect((await call("GET", below(`arcs/${arc}`))).json).toMatchObject({
      arc,
      reasons: [{ reason: "chain_untrusted" }],
    });
    expect((await call("GET", below(`instances/${instance}`))).json).toMatchObject({
      instance,
      facts: { securityLevel: "tee" },
      bans: [],
    });
  });

  it("no-store on everything, refusals included", async () => {
    for (const answer of [
      await call("GET", "status"),
      await call("GET", "projects/x"),
      await call("GET", "status", undefined, { token: null }),
    ]) {
      expect(answer.headers["cache-control"]).toBe("no-store");
    }
  });
});

describe("the admin API refuses", () => {
  const problem = (code: keyof typeof adminErrors) => ({
    ...adminErrors[code],
    type: `/errors/${code}`,
    code,
    detail: expect.any(String),
  });

  it("401 unauthorized without a valid token, on every operation but the bootstrap, before it reads a body", async () => {
    const paths = app.swagger().paths ?? {};
    for (const [path, methods] of Object.entries(paths)) {
      if (path === "/admin/v1/bootstrap") continue;
      for (const method of Object.keys(methods)) {
        const name = method.toUpperCase() as "GET";
        const url = path.replace("/admin/v1/", "").replaceAll(/\{\w+\}/g, "x");
        const answer = await call(name, url, undefined, {
          token: `csa_${"A".repeat(43)}`,
          raw: method === "get" ? undefined : "{broken",
        });
        lab.advance(10_000);
        expect([path, method, answer.status, answer.json.code]).toEqual([path, method, 401, "unauthorized"]);
        expect(answer.headers["www-authenticate"]).toBe("Bearer");
      }
    }
  });

  it("401 for a token in another scheme or the bootstrap token", async () => {
    const basic = await app.inject({ url: "/admin/v1/status", headers: { authorization: `Basic ${lab.token}` } });
    expect(basic.json()).toEqual(problem("unauthorized"));
    expect((await call("GET", "status", undefined, { token: await lab.mintBootstrap() })).json).toEqual(
      problem("unauthorized"),
    );
  });

  it("401 bootstrap_refused for a spent bootstrap token", async () => {
    const token = await lab.mintBootstrap();
    expect((await call("POST", "bootstrap", { token, name: "Grace" }, { token: null })).status).toBe(201);
    const again = await call("POST", "bootstrap", { token, name: "Eve" }, { token: null });
    expect([again.status, again.json]).toEqual([401, problem("bootstrap_refused")]);
  });

  it("429 slow_down after twenty failures from one address, logins and bootstraps together", async () => {
    for (let index = 0; index < 10; index += 1) await call("GET", "status", undefined, { token: null });
    for (let index = 0; index < 10; index += 1)
      await call("POST", "bootstrap", { token: "x", name: "Eve" }, { token: null });
    for (const answer of [
      await call("GET", "status", undefined, { token: null }),
      await call("POST", "bootstrap", { token: "x", name: "Eve" }, { token: null }),
    ]) {
      expect([answer.status, answer.json.code, answer.headers["retry-after"]]).toEqual([429, "slow_down", "60"]);
    }
    expect((await call("GET", "status")).status).toBe(200);
  });

  it("400 invalid_input for what is not the documented form, naming where and never what", async () => {
    const canary = "canary-value-1234";
    const answers = [
      await call("POST", "projects", { name: canary, kind: canary }),
      await call("POST", "projects", { name: "n", kind: "production", [canary]: 1 }),
      await call("PUT", below("secrets/key"), { value: { nested: canary }, places: [place] }),
      await call("PUT", below("secrets/key"), { value: canary, places: [{ ...place, in: canary }] }),
      await call("PUT", below("secrets/key"), { value: canary, places: [], extra: canary }),
      await call("POST", below("apps"), { id: canary.toUpperCase(), ios: { appIds: [canary] } }),
      await call("GET", below(`audit?limit=${canary}`)),
      await call("GET", below("audit?limit=1001")),
      await call("POST", "projects", undefined, { raw: `{"name":"${canary}","name":"b","kind":"production"}` }),
      await call("POST", "projects", undefined, { raw: `{"name":"${canary}"` }),
      await call("POST", "projects", undefined, { raw: `{"__proto__":{"a":1},"name":"${canary}"}` }),
      await call("POST", "projects", undefined, { raw: "[".repeat(5000) }),
      await call("POST", "projects", undefined, { raw: "" }),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.json.code]).toEqual([400, "invalid_input"]);
      expect(answer.headers["content-type"]).toContain("application/problem+json");
      expect(findLeaks(Buffer.from(answer.text), canary)).toEqual([]);
    }
    expect(answers[0]?.json.faults).toEqual([{ path: "/kind", message: expect.any(String) }]);
  });

  it("404 not_found for a foreign project and for things that are not there", async () => {
    for (const path of [
      "projects/AAAAAAAAAAAAAAAAAAAAAA",
      below("apps/x"),
      below("apis/x"),
      below("arcs/AAAAAAAAAAAAAAAA"),
    ]) {
      expect((await call("GET", path)).json).toEqual(problem("not_found"));
    }
  });

  it("409 with the code of what stands against it", async () => {
    expect((await call("POST", "projects", { name: "p", kind: "production" })).json).toEqual(problem("conflict"));
    const production = (await call("POST", "projects", { name: "q", kind: "production" })).json.id;
    expect((await call("PUT", `projects/${production}/anchors`, { pems: [] })).json).toEqual(
      problem("development_only"),
    );
    await call("POST", below("apis"), { id: "nasa", host: "api.nasa.gov", channel: "system" });
    await call("PUT", below("secrets/key"), { value: "value", places: [place] });
    expect((await call("DELETE", below("apis/nasa"))).json).toEqual(problem("in_use"));
    expect((await call("POST", below("secrets/key/mode"), { mode: "brokered" })).json).toEqual(
      problem("exposed_value"),
    );
  });

  it("413 too_large for a body past the operation's bound", async () => {
    const answers = [
      await call("POST", "projects", { name: "x".repeat(17 * 1024), kind: "production" }),
      await call("POST", "bootstrap", { token: "x".repeat(4096), name: "n" }, { token: null }),
      await call("PUT", below("secrets/key"), { value: "x".repeat(70_000), places: [place] }),
    ];
    for (const answer of answers) expect([answer.status, answer.json]).toEqual([413, problem("too_large")]);
  });

  it("415 unsupported_media_type for a body that is not JSON", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const answer = await call("POST", "projects", undefined, { raw: "name=x", type });
      expect([answer.status, answer.json]).toEqual([415, problem("unsupported_media_type")]);
    }
  });

  it("503 unavailable where the record cannot be reached or the ledger is full, with a time to wait", async () => {
    for (const code of ["database_unreachable", "ledger_full"]) {
      lab.store.projects.list = () => Promise.reject(Object.assign(new Error("x"), { code }));
      const answer = await call("GET", "projects");
      expect([answer.status, answer.json]).toEqual([503, { ...problem("unavailable"), retryAfterSeconds: 5 }]);
      expect(answer.headers["retry-after"]).toBe("5");
    }
  });

  it("500 internal without a word of the failure, and logs no message of it", async () => {
    const canary = "canary-value-1234";
    lab.store.projects.list = () => Promise.reject(new Error(canary));
    const answer = await call("GET", "projects");
    expect([answer.status, answer.json]).toEqual([500, problem("internal")]);
    expect(findLeaks(Buffer.from(answer.text + log), canary)).toEqual([]);
    expect(log).toContain("admin_failed");
  });
});

describe("a secret's value and the tokens", () => {
  it("stand in no answer and no log line, whatever the log level", async () => {
    const value = randomBytes(24).toString("hex");
    const bootstrap = await lab.mintBootstrap();
    const redeemed = await call("POST", "bootstrap", { token: bootstrap, name: "Grace" }, { token: null });
    await call("POST", below("apis"), { id: "nasa", host: "api.nasa.gov", channel: "system" });
    const answers = [
      await call("PUT", below("secrets/key"), { value, places: [place] }),
      await call("PUT", below("secrets/key"), { value, places: [{ ...place, in: "header", name: "Host" }] }),
      await call("POST", below("secrets/key/rotate"), { value: `${value}2` }),
      await call("POST", below("secrets/key/mode"), { mode: "brokered", value }),
      await call("POST", below("secrets/key/rotate"), { value, unknown: value }),
      await call("POST", below("secrets/other/rotate"), { value }),
      await call("POST", below("secrets/key/rotate"), undefined, { raw: `{"value":"${value}"` }),
      await call("GET", below("secrets")),
      await call("GET", below("audit")),
    ].map(({ text, headers }) => text + JSON.stringify(headers));
    const seen = Buffer.from(answers.join("\n") + log);
    expect(log.length).toBeGreaterThan(100);
    expect(findLeaks(Buffer.concat([seen, Buffer.from(value)]), value)).not.toEqual([]);
    for (const secret of [value, bootstrap, redeemed.json.token, lab.token])
      expect(findLeaks(seen, secret)).toEqual([]);
  });
});

describe("the OpenAPI document", () => {
  it("has every operation with an id of its own, its refusals and its security", () => {
    const document = JSON.parse(JSON.stringify(app.swagger()));
    expect(document.openapi).toBe("3.1.0");
    const operations = Object.entries<Record<string, Record<string, unknown>>>(document.paths).flatMap(
      ([path, methods]) =>
        Object.values(methods).map(
          (operation) =>
            ({ path, ...operation }) as { path: string; operationId: string; responses: object; security?: unknown },
        ),
    );
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, responses, security } of operations) {
      const statuses = Object.keys(responses);
      expect(statuses.some((status) => status.startsWith("2"))).toBe(true);
      expect(statuses).toEqual(expect.arrayContaining(["400", "401", "429", "500", "503"]));
      if (path !== "/admin/v1/bootstrap") expect(security).toEqual([{ administrator: [] }]);
    }
  });

  it("has the operations and refusals of docs/admin-api.md, no more and no fewer", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../../../docs/admin-api.md"), "utf8");
    const document = app.swagger();
    const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
      Object.entries<{ operationId?: string }>(methods ?? {}).map(
        ([method, { operationId }]) => `${operationId} ${method.toUpperCase()} ${path}`,
      ),
    );
    const rows = [...page.matchAll(/^\| `(\w+)` \| `([A-Z]+ [^`]+)` \|/gm)].map(([, id, call]) => `${id} ${call}`);
    expect(rows.toSorted()).toEqual(operations.toSorted());
    const refusals = [...page.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    expect(Object.fromEntries(refusals)).toEqual(
      Object.fromEntries(Object.entries(adminErrors).map(([code, { status }]) => [code, status])),
    );
  });

  it("names every schema it refers to", () => {
    const text = JSON.stringify(app.swagger());
    const document = JSON.parse(text);
    const references = new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name));
    expect(references.size).toBeGreaterThan(20);
    for (const name of references) expect(document.components.schemas).toHaveProperty([String(name)]);
  });
});
