import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { createVerifier, secretKeys, type Verifier } from "@countersign/verify";
import { countersign as expressAdapter } from "@countersign/verify/express";
import { type FastifyLike, countersign as fastifyAdapter } from "@countersign/verify/fastify";
import { countersign as fetchAdapter } from "@countersign/verify/fetch";
import { countersign as honoAdapter } from "@countersign/verify/hono";
import { countersign as koaAdapter } from "@countersign/verify/koa";
import { CountersignGuard } from "@countersign/verify/nest";
import { countersign as nodeAdapter } from "@countersign/verify/node";
import type { Bench, Subject } from "../measure.ts";
import { audience, inTurn, issuer, makeMaterial } from "./material.ts";

type Lines = readonly (readonly [string, string])[];

/** What a phone sends beside its token. */
const commonLines: Lines = [
  ["Host", "api.example.com"],
  ["User-Agent", "Gallery/4.2 (iPhone; iOS 27.1)"],
  ["Accept", "application/json"],
  ["Accept-Encoding", "gzip, br"],
  ["Accept-Language", "de-CH"],
  ["Connection", "keep-alive"],
  ["Authorization", "Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2ln"],
];
const url = "/v1/pictures?page=3";

async function makeRequests(): Promise<{ readonly verifier: Verifier; readonly next: () => Lines }> {
  const { secret, tokens } = await makeMaterial("HS256");
  const verifier = createVerifier({ issuer, audience, keys: secretKeys([{ secret }]) });
  return { verifier, next: inTurn(tokens.map((token): Lines => [...commonLines, ["Countersign-Token", token]])) };
}

/** What adapters read of Node's request; no socket, no parser. */
const messageOf = (lines: Lines): IncomingMessage =>
  ({ method: "GET", url, originalUrl: url, rawHeaders: lines.flat(), headers: {} }) as unknown as IncomingMessage;

const times =
  (action: () => Promise<boolean>) =>
  async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) if (!(await action())) throw new Error("refused");
  };

/** A subject whose adapter calls on, or not. */
function passing(name: string, call: (pass: () => void) => Promise<unknown>): Subject {
  const run = times(async () => {
    let passed = false;
    await call(() => {
      passed = true;
    });
    return passed;
  });
  return { name, run };
}

type FastifyHook = Parameters<FastifyLike["addHook"]>[1];

async function fastifyHook(verifier: Verifier): Promise<FastifyHook> {
  const hooks: FastifyHook[] = [];
  await fastifyAdapter(verifier)({
    hasRequestDecorator: () => false,
    decorateRequest: () => undefined,
    addHook: (_name, hook) => hooks.push(hook),
  });
  const [hook] = hooks;
  if (hook === undefined) throw new Error("the plugin has added no hook");
  return hook;
}

/** Each adapter called with a request in memory, against the verifier called with a view that is ready. */
export async function adaptersBench(): Promise<Bench> {
  const { verifier, next } = await makeRequests();
  const response = {} as ServerResponse;
  const reply = { code: () => reply, header: () => reply, send: () => reply };
  const hook = await fastifyHook(verifier);
  const [express, fetchCheck, hono, koa] = [expressAdapter, fetchAdapter, honoAdapter, koaAdapter].map((adapter) =>
    adapter(verifier),
  ) as [
    ReturnType<typeof expressAdapter>,
    ReturnType<typeof fetchAdapter>,
    ReturnType<typeof honoAdapter>,
    ReturnType<typeof koaAdapter>,
  ];
  const guard = new CountersignGuard(verifier);
  const address = `https://api.example.com${url}`;
  const requestOf = (lines: Lines): Request =>
    new Request(address, { headers: lines.map(([name, value]): [string, string] => [name, value]) });
  return {
    what: "one GET with 8 header lines and an HS256 token, through each adapter's own call",
    iterations: 1000,
    subjects: [
      {
        name: "verifier.verify, view ready",
        run: times(async () => (await verifier.verify({ method: "GET", url, headers: next() })).ok),
      },
      passing("express", (pass) => express(messageOf(next()), response, pass)),
      passing("node", (pass) => nodeAdapter(verifier)(pass)(messageOf(next()), response)),
      passing("koa", (pass) => {
        const context = {
          req: messageOf(next()),
          originalUrl: url,
          request: {},
          state: {},
          status: 0,
          body: "",
          set: () => undefined,
        };
        return koa(context, async () => pass());
      }),
      {
        name: "nest",
        run: times(() => {
          const request = messageOf(next());
          return guard.canActivate({
            getType: () => "http",
            switchToHttp: () => ({ getRequest: () => request, getResponse: () => response }),
          });
        }),
      },
      {
        name: "fastify, its hook",
        run: times(async () => (await hook({ raw: messageOf(next()) }, reply)) === undefined),
      },
      passing("hono on Node", (pass) => {
        const raw = { method: "GET", url: address } as Request;
        const context = { req: { raw }, env: { incoming: { rawHeaders: next().flat(), url } }, set: () => undefined };
        return hono(context, async () => pass());
      }),
      {
        name: "new Request, verifier.verifyRequest",
        run: times(async () => (await verifier.verifyRequest(requestOf(next()))).ok),
      },
      { name: "new Request, fetch", run: times(async () => (await fetchCheck(requestOf(next()))).pass) },
    ],
    notes: [
      "The last two also make a Fetch Request, as a worker's runtime does before the handler: compare them with each other.",
    ],
  };
}

interface Injectable {
  register(plugin: unknown): unknown;
  addHook(name: "onRequest", hook: () => Promise<void>): unknown;
  get(path: string, handler: () => Promise<object>): unknown;
  inject(request: object): Promise<{ readonly statusCode: number }>;
}

/** A whole Fastify request, injected, without and with the plugin. */
export async function fastifyBench(): Promise<Bench> {
  const { verifier, next } = await makeRequests();
  const load = createRequire(new URL("../../packages/verify/package.json", import.meta.url));
  const { fastify } = load("fastify") as { readonly fastify: () => Injectable };
  const subject = async (name: string, prepare: (app: Injectable) => unknown): Promise<Subject> => {
    const app = fastify();
    await prepare(app);
    app.get("/v1/pictures", async () => ({ pictures: [] }));
    const run = times(async () => {
      const { statusCode } = await app.inject({ method: "GET", url, headers: Object.fromEntries(next()) });
      return statusCode === 200;
    });
    return { name, run };
  };
  return {
    what: "one injected request to a Fastify that answers with a small object",
    iterations: 500,
    subjects: [
      await subject("without verification", () => undefined),
      await subject("with a hook that only waits", (app) => app.addHook("onRequest", () => Promise.resolve())),
      await subject("with the plugin, HS256", (app) => app.register(fastifyAdapter(verifier))),
    ],
  };
}
