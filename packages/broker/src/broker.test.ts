import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import {
  contentDigest,
  encodeBase64url,
  formatSignature,
  type Manifest,
  type ManifestApi,
  type Pass,
  type Place,
  placeholderOf,
  signatureBase,
} from "@countersign/protocol";
import { hmacSha256, sha256 } from "@countersign/protocol/server";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTlsAuthority } from "../../../testing/tls-authority.ts";
import { createBroker } from "./broker.ts";
import type { BrokerEvent, BrokerPorts } from "./ports.ts";

const nowMs = Date.now();
const authority = createTlsAuthority({ name: "Upstream CA", nowMs });
const stranger = createTlsAuthority({ name: "Another CA", nowMs });
const project = encodeBase64url(new Uint8Array(16).fill(7));
const secret = "k3y/of+the&third=party";
const placeholder = placeholderOf(sha256, new Uint8Array(16).fill(7), "photo-key");
const proofKey = new Uint8Array(32).fill(9);
const pass: Pass = {
  instance: encodeBase64url(new Uint8Array(16).fill(1)),
  subject: encodeBase64url(new Uint8Array(16).fill(2)),
  app: "photos",
  verdict: "trusted",
  session: encodeBase64url(new Uint8Array(16).fill(3)),
  exp: Math.floor(nowMs / 1000) + 300,
  secrets: ["photo-key"],
};

interface Seen {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const state = {
  seen: [] as Seen[],
  answer: (_request: Seen, response: ServerResponse): void => void response.end("ok"),
  aborted: 0,
  revealed: 0,
  banned: false,
  allowPrivate: true,
  events: [] as BrokerEvent[],
  nonces: new Set<string>(),
};
let upstream: Server;
let other: Server;
let pinned: Server;
let mispinned: Server;
let misnamed: Server;
let front: Server;
let origin = "";

/** Kept, for a server that has been closed has no address any more. */
const addresses = new Map<Server, number>();
const portOf = (server: Server): number => addresses.get(server) ?? (server.address() as AddressInfo).port;
const apiAt = (id: string, server: Server, more: Partial<ManifestApi> = {}): ManifestApi => ({
  api: id,
  host: "localhost",
  port: portOf(server),
  channel: "roots",
  pins: [],
  whenUnavailable: "fail",
  ...more,
});

const place = (more: Partial<Place>): Place => ({
  api: "photos",
  methods: ["GET", "POST"],
  path: "/v1",
  in: "query",
  name: "api_key",
  when: "placeholder",
  ...more,
});

function manifest(): Manifest {
  const places = [
    place({}),
    place({ in: "header", name: "x-key" }),
    place({ in: "json", name: "/key" }),
    ...["stranger", "pinned", "mispinned", "misnamed"].map((api) => place({ api })),
  ];
  const rootDer = encodeBase64url(
    new Uint8Array(Buffer.from(authority.pem.replace(/-----[^-]+-----|\s/g, ""), "base64")),
  );
  return {
    v: 1,
    project,
    environment: "development",
    app: "photos",
    epoch: 1,
    version: 1,
    issuedAtMs: nowMs,
    staleAfterSeconds: 3600,
    apis: [
      apiAt("photos", upstream),
      apiAt("stranger", other),
      apiAt("pinned", pinned, { channel: "both", pins: [authority.spkiPin, stranger.spkiPin] }),
      apiAt("mispinned", mispinned, { channel: "both", pins: [stranger.spkiPin, stranger.spkiPin] }),
      apiAt("misnamed", misnamed),
    ],
    secrets: [
      { name: "photo-key", placeholder, places },
      { name: "other-key", placeholder: "cs-other-key-aaaaaaaaaa", places: [place({ path: "/v2" })] },
    ],
    roots: [rootDer],
    signals: { required: [] },
  };
}

const ports: BrokerPorts = {
  project: async (id) => (id === project ? { id, manifest: manifest() } : null),
  openPass: (id, text) =>
    id === project && text === "good-pass" ? { ok: true, pass, proofKey } : { ok: false, code: "credential_invalid" },
  isBanned: () => state.banned,
  once: async (key) => {
    const first = !state.nonces.has(key);
    state.nonces.add(key);
    return first;
  },
  revealSecret: async (_project, name) => {
    state.revealed += 1;
    return name === "photo-key" ? { reveal: () => new Uint8Array(Buffer.from(secret)) } : null;
  },
  nowMs: () => nowMs,
  origins: () => [origin],
  allowPrivate: () => state.allowPrivate,
  upstreamCas: () => [],
  log: (event) => void state.events.push(event),
};

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      addresses.set(server, portOf(server));
      resolve();
    });
  });
}

async function readAll(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

beforeAll(async () => {
  const serveUpstream = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.on("close", () => {
      if (!response.writableFinished) state.aborted += 1;
    });
    const seen = {
      method: request.method ?? "",
      target: request.url ?? "",
      headers: request.headers,
      body: await readAll(request),
    };
    state.seen.push(seen);
    state.answer(seen, response);
  };
  upstream = createTlsServer(
    authority.issue(["localhost"]),
    (request, response) => void serveUpstream(request, response),
  );
  const alike = (name: string): Server =>
    createTlsServer(authority.issue([name]), (request, response) => void serveUpstream(request, response));
  [pinned, mispinned, misnamed] = [alike("localhost"), alike("localhost"), alike("elsewhere.example")];
  other = createTlsServer(stranger.issue(["localhost"]), (request, response) => void serveUpstream(request, response));
  const broker = createBroker(ports, {
    limits: { requestBytes: 4096, responseBytes: 200_000, answerMs: 300, connectMs: 2000, idleMs: 2000 },
  });
  front = createServer((request, response) => {
    const rawTarget = request.url ?? "";
    const [, id = "", api = "", rest = ""] = /^\/b\/([^/]+)\/([^/?]+)(.*)$/.exec(rawTarget) ?? [];
    void broker.handle(
      { method: request.method ?? "", project: id, api, rest, rawTarget, headers: request.headers, body: request },
      response,
    );
  });
  await Promise.all([upstream, other, pinned, mispinned, misnamed, front].map(listen));
  origin = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
});
afterAll(() => {
  for (const server of [upstream, other, pinned, mispinned, misnamed, front]) {
    server.closeAllConnections();
    server.close();
  }
});
beforeEach(() => {
  state.seen = [];
  state.answer = (_request, response) => void response.end("ok");
  state.aborted = 0;
  state.revealed = 0;
  state.banned = false;
  state.allowPrivate = true;
  state.events = [];
});

interface CallOptions {
  readonly method?: string;
  readonly path?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signed?: Readonly<Record<string, string>>;
  readonly createdSeconds?: number;
  readonly nonce?: string;
  readonly key?: Uint8Array;
  readonly pass?: string;
  readonly keyid?: string;
  readonly signedTarget?: string;
  readonly abort?: AbortSignal;
}

function sign(options: CallOptions, method: string, target: string): Record<string, string> {
  const passText = options.pass ?? "good-pass";
  const digest = options.body === undefined ? null : contentDigest(sha256, new Uint8Array(Buffer.from(options.body)));
  const created = options.createdSeconds ?? Math.floor(nowMs / 1000);
  const base = signatureBase(
    {
      method,
      targetUri: origin + target,
      contentDigest: digest,
      header: { name: "countersign-pass", value: passText },
    },
    {
      created,
      expires: created + 60,
      nonce: options.nonce ?? randomBytes(9).toString("base64url"),
      keyid: options.keyid ?? pass.session,
    },
  );
  if (!base.ok) throw new TypeError("the test's own signature base is malformed");
  return {
    "countersign-pass": passText,
    "signature-input": base.value.signatureInput,
    signature: formatSignature(hmacSha256(options.key ?? proofKey, base.value.base)),
    ...(digest === null ? {} : { "content-digest": digest }),
  };
}

async function call(
  options: CallOptions = {},
): Promise<{ status: number; headers: Headers; text: string; code: string | null }> {
  const method = options.method ?? "GET";
  const target = options.target ?? `/b/${project}/photos${options.path ?? `/v1/list?api_key=${placeholder}`}`;
  const answer = await fetch(origin + target, {
    method,
    headers: { ...sign(options, method, options.signedTarget ?? target), ...options.headers, ...options.signed },
    ...(options.body === undefined ? {} : { body: options.body }),
    ...(options.abort === undefined ? {} : { signal: options.abort }),
    redirect: "manual",
  });
  const text = await answer.text();
  const problem = answer.headers.get("content-type") === "application/problem+json";
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    code: problem ? (JSON.parse(text) as { code: string }).code : null,
  };
}

describe("a brokered request", () => {
  test("reaches the upstream with the secret in its place, and without what is the broker's own", async () => {
    const answer = await call({
      headers: { cookie: "a=b", "x-app": "photos", "x-forwarded-for": "1.2.3.4", range: "bytes=3-9" },
    });
    expect([answer.status, answer.text]).toEqual([200, "ok"]);
    const [seen] = state.seen;
    expect(seen?.target).toBe(`/v1/list?api_key=${encodeURIComponent(secret)}`);
    expect(seen?.headers["accept-encoding"]).toBe("identity");
    expect(seen?.headers["x-app"]).toBe("photos");
    for (const name of ["countersign-pass", "signature", "signature-input", "cookie", "x-forwarded-for", "range"]) {
      expect(seen?.headers[name]).toBeUndefined();
    }
  });

  test("fills headers and JSON bodies too, and the digest of the unfilled body stays behind", async () => {
    await call({ path: "/v1/list", headers: { "x-key": placeholder } });
    expect(state.seen[0]?.headers["x-key"]).toBe(secret);
    await call({
      method: "POST",
      path: "/v1/list",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ key: placeholder }),
    });
    expect(JSON.parse(state.seen[1]?.body ?? "")).toEqual({ key: secret });
    expect(state.seen[1]?.headers["content-digest"]).toBeUndefined();
  });

  test("shows the secret nowhere in the answer, whatever the upstream echoes", async () => {
    state.answer = (request, response) => {
      response.setHeader("x-echo", request.target);
      response.setHeader("set-cookie", "sid=1");
      response.setHeader("link", `<${request.target}>; rel=next`);
      response.setHeader("content-type", "text/html");
      response.write(`<a href="${encodeURIComponent(secret)}">`);
      for (const byte of Buffer.from(secret)) response.write(Buffer.from([byte]));
      response.end(
        Buffer.from(`u:${secret}`).toString("base64") + JSON.stringify({ secret }) + secret.replaceAll("&", "&amp;"),
      );
    };
    const answer = await call();
    const all = answer.text + [...answer.headers].flat().join("\n");
    for (const form of [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString("base64").slice(4, -4),
      secret.replaceAll("&", "&amp;"),
    ]) {
      expect(all).not.toContain(form);
    }
    expect(answer.text).toContain("****");
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(answer.headers.get("link")).toBeNull();
  });

  test("keeps a redirect at the broker where it stays at the API, and drops its target elsewhere", async () => {
    const locations: (string | null)[] = [];
    for (const location of [
      "/v1/next?page=2",
      "https://evil.example/",
      "http://localhost/",
      `/v1/next?api_key=${encodeURIComponent(secret)}`,
    ]) {
      state.answer = (_request, response) => {
        response.writeHead(302, { location });
        response.end();
      };
      const answer = await call();
      expect(answer.status).toBe(302);
      locations.push(answer.headers.get("location"));
    }
    expect(locations).toEqual([`/b/${project}/photos/v1/next?page=2`, null, null, null]);
  });

  test("is logged without path, query or value", async () => {
    await call();
    expect(state.events).toEqual([
      {
        event: "brokered",
        project,
        api: "photos",
        instance: pass.instance,
        method: "GET",
        code: null,
        upstreamStatus: 200,
        secrets: ["photo-key"],
      },
    ]);
  });

  test("that the caller gives up is given up at the upstream", async () => {
    const abort = new AbortController();
    const reached = new Promise<void>((resolve) => {
      state.answer = (_request, response) => {
        response.write("the beginning");
        response.on("close", () => resolve());
        abort.abort();
      };
    });
    await expect(call({ abort: abort.signal })).rejects.toThrow();
    await reached;
    expect(state.aborted).toBe(1);
  });
});

describe("the broker refuses, before any secret is revealed,", () => {
  const refused = async (options: CallOptions, code: string): Promise<void> => {
    expect((await call(options)).code).toBe(code);
    expect(state.seen).toEqual([]);
    expect(state.revealed).toBe(0);
  };

  test("a missing, foreign or unreadable pass", async () => {
    await refused({ pass: "bad-pass" }, "pass_invalid");
    const answer = await fetch(`${origin}/b/${project}/photos/v1/list`);
    expect(await answer.json()).toMatchObject({ code: "pass_invalid" });
    const foreign = encodeBase64url(new Uint8Array(16).fill(8));
    await refused({ target: `/b/${foreign}/photos/v1/list?api_key=${placeholder}` }, "pass_invalid");
  });

  test("a MAC under another key, over another target, method or body, of another session, or out of time", async () => {
    await refused({ key: new Uint8Array(32) }, "signature_invalid");
    await refused({ signedTarget: `/b/${project}/photos/v1/other?api_key=${placeholder}` }, "signature_invalid");
    await refused({ keyid: encodeBase64url(new Uint8Array(16).fill(4)) }, "signature_invalid");
    await refused({ createdSeconds: Math.floor(nowMs / 1000) - 62 }, "signature_invalid");
    await refused({ createdSeconds: Math.floor(nowMs / 1000) + 62 }, "signature_invalid");
    const body = JSON.stringify({ key: placeholder });
    const headers = { "content-type": "application/json" };
    const digest = contentDigest(sha256, new Uint8Array(Buffer.from("{}")));
    await refused(
      { method: "POST", path: "/v1/list", headers, body, signed: { "content-digest": digest } },
      "signature_invalid",
    );
    await refused({ signed: { signature: "" } }, "signature_invalid");
  });

  test("a nonce seen before in this session", async () => {
    expect((await call({ nonce: "once-only" })).status).toBe(200);
    state.seen = [];
    state.revealed = 0;
    await refused({ nonce: "once-only" }, "request_replayed");
  });

  test("a banned or quarantined instance", async () => {
    state.banned = true;
    await refused({}, "pass_withdrawn");
  });

  test("an API the project does not have", async () => {
    await refused({ target: `/b/${project}/nothing/v1/list?api_key=${placeholder}` }, "not_found");
  });

  test.each([
    "/v1/../admin",
    "/v1/%2e%2e/admin",
    "/v1/..%2fadmin",
    "/v1/%5c..%5cadmin",
    "@evil.example/v1/list",
    "/v1/li st",
  ])("a path that is not strict: %s", async (path) => {
    // fetch would tidy these up, so the request is written by hand.
    const { connect } = await import("node:net");
    const target = `/b/${project}/photos${path}?api_key=${placeholder}`;
    const headers = Object.entries(sign({}, "GET", target)).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connect((front.address() as AddressInfo).port, "127.0.0.1");
    socket.end(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers.join("")}\r\n`);
    const parts: Buffer[] = [];
    for await (const part of socket as AsyncIterable<Buffer>) parts.push(part);
    expect(Buffer.concat(parts).toString()).toMatch(/^HTTP\/1\.1 40[0134]/);
    expect(state.seen).toEqual([]);
    expect(state.revealed).toBe(0);
  });

  test("a request in which no brokered secret has its place: the broker is no open relay", async () => {
    await refused({ path: "/v1/list" }, "place_refused");
    await refused({ path: `/v1/list?q=${placeholder}` }, "place_refused");
    await refused({ path: `/other?api_key=${placeholder}` }, "place_refused");
    await refused({ method: "DELETE" }, "place_refused");
  });

  test("a secret that the pass does not name", async () => {
    await refused({ path: "/v2/list?api_key=cs-other-key-aaaaaaaaaa" }, "place_refused");
  });

  test("a private peer without the host's consent", async () => {
    state.allowPrivate = false;
    await refused({}, "upstream_refused");
  });

  test("a body beyond its bound", async () => {
    await refused(
      { method: "POST", path: "/v1/list", headers: { "content-type": "application/json" }, body: "x".repeat(5000) },
      "too_large",
    );
  });
});

describe("the broker tells", () => {
  test.each(["stranger", "mispinned", "misnamed"])(
    "an upstream that does not prove itself (%s): nothing of the request is sent",
    async (api) => {
      const answer = await call({ target: `/b/${project}/${api}/v1/list?api_key=${placeholder}` });
      expect(answer.code).toBe("upstream_refused");
      expect(state.seen).toEqual([]);
    },
  );

  test("an upstream that proves itself by root and pin apart from one that is away", async () => {
    expect((await call({ target: `/b/${project}/pinned/v1/list?api_key=${placeholder}` })).status).toBe(200);
    pinned.close();
    pinned.closeAllConnections();
    const answer = await call({ target: `/b/${project}/pinned/v1/list?api_key=${placeholder}` });
    expect(answer.code).toBe("upstream_unavailable");
  });

  test("an upstream that compresses nevertheless, for what cannot be masked is not sent on", async () => {
    state.answer = (_request, response) => {
      response.setHeader("content-encoding", "gzip");
      response.end(Buffer.from("1f8b", "hex"));
    };
    expect((await call()).code).toBe("upstream_refused");
  });

  test("an upstream that does not answer in time", async () => {
    state.answer = () => {};
    expect((await call()).code).toBe("upstream_timeout");
  });

  test("an answer beyond its bound is cut", async () => {
    state.answer = (_request, response) => void response.end(Buffer.alloc(300_000));
    await expect(call()).rejects.toThrow();
  });
});
