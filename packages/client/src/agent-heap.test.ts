import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { formatConfigurationString } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { createTlsAuthority } from "../../../testing/tls-authority.ts";
import { FakeProject } from "./testing/fake-project.ts";
import { FakeService } from "./testing/fake-service.ts";
import type { HeapCommand, HeapRequest, HeapStack } from "./testing/heap-process.ts";
import { apiOf } from "./testing/test-agent.ts";

const value = "S3cr3t+of/the=nasa~key.4711";
/** What stands in a path has no slash. */
const segmentValue = "S3gment=of~nasa.4711";
const keptValue = "Kept+on/this=device~4711";
const folder = mkdtempSync(join(tmpdir(), "countersign-heap-"));
const servers: Server[] = [];
let child: ChildProcess;
let service: FakeService;
let project: FakeProject;
let apiPort = 0;
let sockets: WebSocketServer;
/** Heads and bodies as they arrived, with the stack that sent them. */
const seen: string[] = [];
/** Answers that the API holds back, so that the request is under way while a picture is taken. */
let held: ServerResponse[] | null = null;
/** How many requests for `/stale` find that their connection was closed. */
let drops = 1;
let arrived: (request: IncomingMessage) => void = () => {};

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

let nextId = 0;
function tell<T>(command: HeapCommand): Promise<T> {
  nextId += 1;
  const id = nextId;
  return new Promise((resolve, reject) => {
    const onMessage = (message: { id: number; result?: unknown; error?: string }): void => {
      if (message.id !== id) return;
      child.off("message", onMessage);
      if (message.error === undefined) resolve(message.result as T);
      else reject(new Error(message.error));
    };
    child.on("message", onMessage);
    child.send({ id, command });
  });
}

/** Every way the text may lie in a string or a buffer. */
function formsOf(text: string): [string, string][] {
  const bytes = Buffer.from(text);
  const inside = (encoding: "base64" | "base64url", offset: number): string => {
    // What stands before moves the alignment; the characters at both ends depend on it and are left out.
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString(encoding)
      .replace(/=+$/, "");
    return encoded.slice(Math.ceil((offset * 4) / 3), -1);
  };
  return [
    ["raw", text],
    ["escaped in JSON", JSON.stringify(text).slice(1, -1)],
    ["percent", encodeURIComponent(text)],
    ["percent, every byte", [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")],
    ["hex", bytes.toString("hex")],
    ["hex in capitals", bytes.toString("hex").toUpperCase()],
    ["UTF-16", Buffer.from(text, "utf16le").toString("latin1").slice(0, -1)],
    ["reversed", text.split("").reverse().join("")],
    ["numbers", [...bytes].join(",")],
    ...[0, 1, 2].flatMap((offset): [string, string][] => [
      [`base64 at ${offset}`, inside("base64", offset)],
      [`base64url at ${offset}`, inside("base64url", offset)],
    ]),
  ];
}

interface Picture {
  readonly heap: string;
  readonly buffers: string;
  readonly count: number;
}

async function takePicture(name: string): Promise<Picture> {
  const heap = join(folder, `${name}.heapsnapshot`);
  const buffers = join(folder, `${name}.buffers`);
  const { buffers: count } = await tell<{ buffers: number }>({ kind: "picture", heap, buffers });
  return { heap: readFileSync(heap, "utf8"), buffers: readFileSync(buffers, "latin1"), count };
}

function foundIn(picture: Picture, texts: readonly string[]): string[] {
  return texts.flatMap((text) =>
    formsOf(text).flatMap(([form, needle]) => [
      ...(picture.heap.includes(needle) ? [`${form} of ${text} in the heap`] : []),
      ...(picture.buffers.includes(needle) ? [`${form} of ${text} in a buffer`] : []),
    ]),
  );
}

/** What the service ever sealed but the credential, which is worth nothing without the key and is stored. */
function secrets(): string[] {
  return service.sealedTexts().filter((text) => !service.credentials.has(text));
}

const url = (path: string): string =>
  `https://localhost:${apiPort}${path}?api_key=${project.placeholder("nasa")}&again=no`;

beforeAll(async () => {
  const authority = createTlsAuthority({ name: "device", nowMs: Date.now() });
  const identity = authority.issue(["localhost"]);
  const api = createServer({ key: identity.key, cert: identity.cert }, (request, response) => {
    arrived(request);
    if (request.url?.startsWith("/stale") === true && drops > 0) {
      drops -= 1;
      request.socket.destroy();
    } else if (request.url?.startsWith("/stack") === true) {
      void bodyOf(request).then((body) => {
        seen.push(JSON.stringify([request.url, request.headers, body]));
        const isStream = request.headers.accept === "text/event-stream";
        if (!isStream) return response.end("picture");
        return response.writeHead(200, { "content-type": "text/event-stream" }).write("data: picture\n\n");
      });
    } else if (held === null) response.end("picture");
    else held.push(response);
  });
  apiPort = await portOf(api);
  sockets = new WebSocketServer({ server: api });
  sockets.on("connection", (socket, request) => {
    seen.push(JSON.stringify([request.url, request.headers, ""]));
    socket.send("picture");
  });
  project = new FakeProject("development");
  const token = { header: "Countersign-Token", prefix: "Bearer ", bind: [] };
  project.apis = [apiOf({ host: "localhost", port: apiPort, channel: "system", pins: [], token })];
  const place = { api: "nasa", methods: ["GET", "POST"], path: "/", when: "placeholder" } as const;
  project.secrets = [
    {
      name: "nasa",
      value,
      version: 1,
      mode: "delivered",
      places: [
        { ...place, in: "query", name: "api_key" },
        { ...place, in: "json", name: "/key" },
        { ...place, in: "form", name: "key" },
        { ...place, in: "header", name: "X-Key" },
        { ...place, in: "basic", name: "password" },
      ],
    },
    {
      name: "segment",
      value: segmentValue,
      version: 1,
      mode: "delivered",
      places: [{ ...place, in: "segment", name: "2" }],
    },
  ];
  service = new FakeService(project, () => Date.now());
  service.customClaims = ["nasa"];
  const servicePort = await portOf(
    createPlainServer((request, response) => {
      void bodyOf(request)
        .then((body) => service.send({ path: request.url ?? "", body }))
        .then((answer) => response.end(answer.body));
    }),
  );
  const configuration = formatConfigurationString({
    kind: "development",
    host: "localhost",
    port: servicePort,
    projectId: project.projectId,
    root: sha256(project.root.point),
    recovery: sha256(project.recovery.point),
  });
  child = fork(fileURLToPath(new URL("testing/heap-process.ts", import.meta.url)), [configuration, authority.pem], {
    // A snapshot cuts strings after 1024 characters unless told otherwise.
    execArgv: ["--conditions=@countersign/source", "--heap-snapshot-string-limit=1000000000"],
    env: { PATH: process.env.PATH },
  });
});

afterAll(async () => {
  if (child.connected) {
    const ended = once(child, "exit");
    child.send({ id: 0, command: { kind: "stop" } });
    await ended;
  }
  for (const socket of sockets.clients) socket.terminate();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

describe("the memory of a process that holds an agent", () => {
  it("holds no secret in any form between requests, and does during one", { timeout: 120_000 }, async () => {
    const fill = { key: project.placeholder("nasa") };
    expect(await tell({ kind: "fetch", url: url("/apod"), body: null })).toEqual({ status: 200, text: "picture" });
    expect(await tell({ kind: "fetch", url: url("/apod"), body: JSON.stringify(fill) })).toMatchObject({ status: 200 });
    const kept = { got: keptValue.length, custom: expect.any(Number) as number };
    expect(await tell({ kind: "keep", value: keptValue })).toEqual(kept);
    expect(secrets()).toContain(value);
    expect(secrets().length).toBeGreaterThan(3);

    const between = await takePicture("between");
    // Both pictures show what is there: the placeholder is a string of this process, and buffers were written.
    expect(between.heap).toContain(project.placeholder("nasa"));
    expect([between.count > 10, between.buffers.length > 10_000]).toEqual([true, true]);
    expect(foundIn(between, [...secrets(), keptValue])).toEqual([]);

    held = [];
    const seen = new Promise<IncomingMessage>((resolve) => {
      arrived = resolve;
    });
    const fetching = tell({ kind: "fetch", url: url("/slow"), body: null });
    expect((await seen).url).toContain(encodeURIComponent(value));
    const during = await takePicture("during");
    expect(foundIn(during, [value]).length).toBeGreaterThan(0);
    for (const response of held) response.end("late");
    held = null;
    expect(await fetching).toEqual({ status: 200, text: "late" });

    // A pooled connection that turns out to be closed: the request is repeated over another.
    expect(await tell({ kind: "fetch", url: url("/stale"), body: null })).toMatchObject({ status: 200 });
    expect(drops).toBe(0);
    expect(foundIn(await takePicture("after"), secrets())).toEqual([]);
  });

  it("holds none after requests of every stack by every place, with their answers and open sockets kept", {
    timeout: 120_000,
  }, async () => {
    const placeholder = project.placeholder("nasa");
    const base = `https://localhost:${apiPort}/stack`;
    const json = { "content-type": "application/json" };
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const basic = { authorization: `Basic ${Buffer.from(`user:${placeholder}`).toString("base64")}` };
    const bare: readonly HeapRequest[] = [
      { url: `${base}?api_key=${placeholder}`, headers: {}, body: null },
      { url: `${base}/${project.placeholder("segment")}`, headers: {}, body: null },
      { url: base, headers: { "x-key": placeholder }, body: null },
      { url: base, headers: basic, body: null },
    ];
    const withBody: readonly HeapRequest[] = [
      { url: base, headers: json, body: JSON.stringify({ key: placeholder }) },
      { url: base, headers: form, body: `key=${placeholder}` },
    ];
    const asked: readonly (readonly [HeapStack, readonly HeapRequest[]])[] = [
      ["fetch", [...bare, ...withBody]],
      ["axios", [...bare, ...withBody]],
      ["EventSource", bare],
      ["WebSocket", bare],
    ];
    for (const [stack, requests] of asked) {
      for (const request of requests) {
        expect(await tell({ kind: "stack", stack, request })).toEqual({ text: "picture" });
        const [last = ""] = seen.slice(-1);
        expect(foundIn({ heap: last, buffers: "", count: 0 }, [value, segmentValue]).length).toBeGreaterThan(0);
      }
    }
    expect(sockets.clients.size).toBe(bare.length);
    expect(foundIn(await takePicture("stacks"), secrets())).toEqual([]);
  });
});
