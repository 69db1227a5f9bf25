import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:http";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server as NetServer, Socket } from "node:net";
import type { Duplex } from "node:stream";
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
import { deriveLinkKeys, hmacSha256, openLink, sealLink, sha256 } from "@countersign/protocol/server";
import { createTlsAuthority } from "../../../testing/tls-authority.ts";
import { type Broker, createBroker } from "./broker.ts";
import type { LinkTerms } from "./links/link-terms.ts";
import type { BrokerEvent, BrokerPorts, Decoys, PresentedCall } from "./ports.ts";
import type { Resolve } from "./resolve-peer.ts";
import type { SecretTerms } from "./secret-terms.ts";

const nowMs = Date.now();
const authority = createTlsAuthority({ name: "Upstream CA", nowMs });
const stranger = createTlsAuthority({ name: "Another CA", nowMs });
export const project = encodeBase64url(new Uint8Array(16).fill(7));
export const secret = "k3y/of+the&third=party";
export const placeholder = placeholderOf(sha256, new Uint8Array(16).fill(7), "photo-key");
const proofKey = new Uint8Array(32).fill(9);
const linkProject = new Uint8Array(16).fill(7);
export const linkSealing = {
  keys: deriveLinkKeys(new Uint8Array(32).fill(8), linkProject),
  generation: 1,
  project: linkProject,
};
export const pass: Pass = {
  instance: encodeBase64url(new Uint8Array(16).fill(1)),
  subject: encodeBase64url(new Uint8Array(16).fill(2)),
  app: "photos",
  verdict: "trusted",
  session: encodeBase64url(new Uint8Array(16).fill(3)),
  issuedAtMs: nowMs,
  exp: Math.floor(nowMs / 1000) + 300,
  secrets: ["photo-key"],
};

interface Seen {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const lookupAll: Resolve = (host) => lookup(host, { all: true, verbatim: true });

/** What the upstreams saw, and how the ports behave. */
export const state = {
  seen: [] as Seen[],
  answer: (_request: Seen, response: ServerResponse): void => void response.end("ok"),
  /** What the upstream makes of a WebSocket's opening. */
  upgrade: (_request: IncomingMessage, socket: Duplex, _head: Buffer): void => void socket.destroy(),
  /** Told of a request whose body is on its way. */
  arriving: (_request: IncomingMessage, _response: ServerResponse): void => {},
  /** Whether nobody waits for the body. */
  isEarly: false,
  aborted: 0,
  revealed: 0,
  /** The version of the secret's value; null where it is given nobody. */
  version: 1 as number | null,
  banned: false,
  decoyPass: false,
  decoys: null as Decoys | null,
  /** Where links in answers are led. */
  links: new Map() as ReadonlyMap<string, LinkTerms>,
  /** How many links were sealed. */
  sealed: 0,
  /** Runs when the caller has been checked, while its body is on the way. */
  afterCheck: (): void => {},
  nowMs,
  epochMs: 0,
  within: true,
  /** How the secret may be used, and its value. */
  terms: { processor: null, budgets: [] } as SecretTerms,
  value: secret,
  /** Drawn on each budget. */
  drawn: new Map<string, number>(),
  /** What the API's host resolves to. */
  resolve: lookupAll as Resolve,
  /** Connections of callers that opened a WebSocket. */
  callers: new Set<Socket>(),
  /** Open connections to the upstream. */
  sockets: new Set<Socket>(),
  drawFailure: null as Error | null,
  secretApp: "photos",
  ledgerFailure: null as Error | null,
  /** What was asked of the ledger, in order. */
  ledger: [] as string[],
  allowPrivate: true,
  events: [] as BrokerEvent[],
  /** What was looked at for decoys, in order. */
  presented: [] as PresentedCall[],
  pauses: [] as number[],
  /** What a decoy's pause waits for. */
  pausing: Promise.resolve(),
  nonces: new Set<string>(),
  /** How long the last nonce was to be remembered. */
  onceSeconds: 0,
};
/** Of the front's broker. */
export let broker: Broker;
let upstream: Server;
let other: Server;
/** Speaks HTTP/2 alone. */
let second: Http2SecureServer;
export let pinned: Server;
let mispinned: Server;
let misnamed: Server;
export let front: Server;
export let origin = "";

/** Kept, for a server that has been closed has no address any more. */
const addresses = new Map<NetServer, number>();
const portOf = (server: NetServer): number => addresses.get(server) ?? (server.address() as AddressInfo).port;
const apiAt = (id: string, server: NetServer, more: Partial<ManifestApi> = {}): ManifestApi => ({
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
    place({ in: "header", name: "authorization", prefix: "Bearer " }),
    place({ in: "basic", name: "username" }),
    place({ in: "basic", name: "password" }),
    place({ in: "form", name: "key" }),
    place({ path: "/v1/of", in: "segment", name: "3" }),
    place({ path: "/signed", in: "header", name: "x-signature", prefix: "v1=", when: "always" }),
    place({ path: "/signed-query", in: "query", name: "signature", when: "always" }),
    place({ path: "/aws", in: "header", name: "authorization", when: "always" }),
    ...["stranger", "pinned", "mispinned", "misnamed", "second"].map((api) => place({ api })),
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
      apiAt("second", second),
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
    id === project && text === "good-pass"
      ? { ok: true, pass, proofKey, decoy: state.decoyPass }
      : { ok: false, code: "credential_invalid" },
  isBanned: () => {
    const { banned } = state;
    state.afterCheck();
    return banned;
  },
  decoys: () => state.decoys,
  epochMs: async () => state.epochMs,
  take: async (key, limit, windowSeconds) => {
    state.ledger.push(`take ${key} ${limit} ${windowSeconds}`);
    return state.within;
  },
  once: async (key, ttlSeconds) => {
    state.ledger.push("once");
    state.onceSeconds = ttlSeconds;
    if (state.ledgerFailure !== null) throw state.ledgerFailure;
    const first = !state.nonces.has(key);
    state.nonces.add(key);
    return first;
  },
  revealSecret: async (_project, name, { app }) => {
    state.revealed += 1;
    return name === "photo-key" && app === state.secretApp
      ? { reveal: () => new Uint8Array(Buffer.from(state.value)) }
      : null;
  },
  versionOf: async () => state.version,
  termsOf: async () => state.terms,
  draw: async (key, units, limit) => {
    if (state.drawFailure !== null) throw state.drawFailure;
    const drawn = (state.drawn.get(key) ?? 0) + units;
    if (drawn <= limit) state.drawn.set(key, drawn);
    return drawn <= limit;
  },
  linkTerms: async () => state.links,
  sealLinks: async (_project, { decoy, ...bearer }, targets) => {
    state.sealed += targets.length;
    return targets.map((to) => sealLink(bearer, to, { ...linkSealing, decoy }));
  },
  openLink: async (id, target, link) => {
    const how = { keysOf: () => linkSealing.keys, project: linkSealing.project };
    const [genuine, decoy] = [false, true].map((which) => openLink(link, target, { ...how, decoy: which }));
    const opened = genuine ?? decoy ?? null;
    return id !== project || opened === null ? null : { ...opened, decoy: genuine === null };
  },
  nowMs: () => state.nowMs,
  origins: () => [origin],
  allowPrivate: () => state.allowPrivate,
  upstreamCas: () => [],
  spotDecoys: (call) => void state.presented.push(call),
  log: (event) => void state.events.push(event),
};

function listen(server: NetServer): Promise<void> {
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

/** Real TLS upstreams, and the broker behind a plain HTTP server. */
export async function openBrokerLab(): Promise<void> {
  const serveUpstream = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.on("close", () => {
      if (!response.writableFinished) state.aborted += 1;
    });
    request.on("error", () => {});
    state.arriving(request, response);
    if (state.isEarly) return;
    const seen = {
      method: request.method ?? "",
      target: request.url ?? "",
      headers: request.headers,
      body: await readAll(request).catch(() => null),
    };
    if (seen.body === null) return;
    state.seen.push({ ...seen, body: seen.body });
    state.answer({ ...seen, body: seen.body }, response);
  };
  upstream = createTlsServer(
    authority.issue(["localhost"]),
    (request, response) => void serveUpstream(request, response),
  );
  upstream.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => {});
    state.seen.push({ method: "UPGRADE", target: request.url ?? "", headers: request.headers, body: "" });
    state.upgrade(request, socket, head);
  });
  const alike = (name: string): Server =>
    createTlsServer(authority.issue([name]), (request, response) => void serveUpstream(request, response));
  [pinned, mispinned, misnamed] = [alike("localhost"), alike("localhost"), alike("elsewhere.example")];
  // Its answers are written in the terms of HTTP/1.1, as far as HTTP/2 has them.
  second = createSecureServer(
    authority.issue(["localhost"]),
    (request, response) =>
      void serveUpstream(request as unknown as IncomingMessage, response as unknown as ServerResponse),
  );
  for (const server of [upstream, second]) {
    server.on("connection", (socket: Socket) => {
      state.sockets.add(socket);
      socket.once("close", () => state.sockets.delete(socket));
    });
  }
  other = createTlsServer(stranger.issue(["localhost"]), (request, response) => void serveUpstream(request, response));
  broker = createBroker(ports, {
    resolve: (host) => state.resolve(host),
    pause: (aboutMs) => {
      state.pauses.push(aboutMs);
      return state.pausing;
    },
    limits: {
      heldBytes: 4096,
      requestBytes: 4096,
      uploadBytes: 300_000,
      keptMs: 200,
      namesMs: 0,
      responseBytes: 200_000,
      answerMs: 500,
      connectMs: 2000,
      idleMs: 500,
      totalMs: 2000,
      linkedAnswerBytes: 60_000,
      linksPerAnswer: 20,
      concurrentLinksPerInstance: 2,
      concurrentCallsPerInstance: 2,
      concurrentOpenings: 8,
      openingMs: 1000,
      messageBytes: 100_000,
      waitingBytes: 20_000,
      drainMs: 500,
      controlFrames: 50,
      quietMs: 1500,
      pingMs: 500,
      lookMs: 50,
      ageMs: 4000,
      closingMs: 300,
    },
  });
  const targetOf = (request: IncomingMessage) => {
    const rawTarget = request.url ?? "";
    const [, id = "", api = "", rest = ""] = /^\/b\/([^/]+)\/([^/?]+)(.*)$/.exec(rawTarget) ?? [];
    return { project: id, api, rest, rawTarget };
  };
  const shouldUpgradeCallback = ({ headers }: IncomingMessage): boolean => headers["sec-websocket-key"] !== undefined;
  front = createServer({ shouldUpgradeCallback }, (request, response) => {
    const { method = "", headers, url = "" } = request;
    const link = /^\/l\/([^/]+)\/([^/]+)\/([^/?]+)(.*)$/.exec(url);
    if (link === null) {
      void broker.handle({ ...targetOf(request), method, headers, body: request }, response);
      return;
    }
    const [, owner = "", api = "", token = "", target = ""] = link;
    void broker.handleLink({ method, project: owner, api, token, target, headers }, response);
  });
  front.on("upgrade", (message: IncomingMessage, socket: Socket, head: Buffer) => {
    state.callers.add(socket);
    socket.once("close", () => state.callers.delete(socket));
    void broker.upgrade({ ...targetOf(message), message }, socket, head);
  });
  await Promise.all([upstream, other, pinned, mispinned, misnamed, second, front].map(listen));
  origin = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
}

export function closeBrokerLab(): void {
  broker.close();
  second.close();
  for (const server of [upstream, other, pinned, mispinned, misnamed, front]) {
    server.closeAllConnections();
    server.close();
  }
}

export function resetBrokerLab(): void {
  state.seen = [];
  state.answer = (_request, response) => void response.end("ok");
  state.upgrade = (_request, socket) => void socket.destroy();
  state.version = 1;
  state.arriving = () => {};
  state.isEarly = false;
  state.aborted = 0;
  state.revealed = 0;
  state.banned = false;
  state.decoyPass = false;
  state.decoys = null;
  state.links = new Map();
  state.sealed = 0;
  state.afterCheck = () => {};
  state.nowMs = nowMs;
  state.epochMs = 0;
  state.within = true;
  state.terms = { processor: null, budgets: [] };
  state.value = secret;
  state.drawn = new Map();
  state.drawFailure = null;
  state.resolve = lookupAll;
  state.secretApp = "photos";
  state.ledgerFailure = null;
  state.ledger = [];
  state.allowPrivate = true;
  state.events = [];
  state.presented = [];
  state.pauses = [];
  state.pausing = Promise.resolve();
}

export interface CallOptions {
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
  /** Of the URI that is signed. Default: that of the front. */
  readonly signedOrigin?: string;
  readonly abort?: AbortSignal;
}

export function sign(options: CallOptions, method: string, target: string): Record<string, string> {
  const passText = options.pass ?? "good-pass";
  const digest = options.body === undefined ? null : contentDigest(sha256, new Uint8Array(Buffer.from(options.body)));
  const created = options.createdSeconds ?? Math.floor(nowMs / 1000);
  const base = signatureBase(
    {
      method,
      targetUri: (options.signedOrigin ?? origin) + target,
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

export async function call(
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
