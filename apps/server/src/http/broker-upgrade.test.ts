import { once } from "node:events";
import { request } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import {
  formatSignature,
  parseSealedSession,
  placeholderOf,
  type SealedSession,
  signatureBase,
  toBrokeredProtocols,
} from "@countersign/protocol";
import { hmacSha256, sha256 } from "@countersign/protocol/server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createTlsAuthority } from "../../../../testing/tls-authority.ts";
import { type DeviceLab, openDeviceLab } from "./device/device-lab.suite.ts";

const actor = { id: "lab", name: "lab" };
const value = "a-brokered-value";
const authority = createTlsAuthority({ name: "Upstream CA", nowMs: Date.now() });
const places = [
  { api: "photos", methods: ["GET"], path: "/v1", in: "query", name: "key", when: "placeholder" } as const,
];
let upstream: Server;
let sockets: WebSocketServer;
let lab: DeviceLab;
let nonces = 0;

beforeAll(async () => {
  upstream = createServer(authority.issue(["localhost"]));
  sockets = new WebSocketServer({ server: upstream });
  sockets.on("connection", (socket, { url }) => {
    socket.send(`asked ${url ?? ""}`);
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});
beforeEach(async () => {
  lab = await openDeviceLab();
  const { admin } = lab.service().domain;
  const { port } = upstream.address() as AddressInfo;
  const api = { host: "localhost", port, channel: "roots" as const, pins: [], roots: [authority.pem] };
  await admin.putApi(actor, lab.project, "photos", { ...api, whenUnavailable: "fail" }, "create");
  await admin.setSecret(actor, lab.project, "photo-key", { value, mode: "brokered", places });
});
afterEach(() => lab.close());

async function sessionOf(): Promise<SealedSession> {
  const instance = lab.instanceOf(lab.pixel());
  await instance.enrol();
  const asks = { tokens: [], secrets: ["photo-key"], clientAttestations: [] };
  const answer = await instance.session({ asks, challenge: await lab.exchange.challenge(lab.project) });
  const session = answer.session === null ? null : parseSealedSession(answer.session.plaintext);
  if (session?.ok !== true) throw new TypeError("no session");
  return session.value;
}

const wsOrigin = (): string => lab.service().origin.replace(/^http/, "ws");

function open(session: SealedSession, project = lab.project): WebSocket {
  const placeholder = placeholderOf(sha256, Buffer.from(lab.project, "base64url"), "photo-key");
  const url = `${wsOrigin()}/b/${project}/photos/v1/live?key=${placeholder}`;
  nonces += 1;
  const created = Math.floor(lab.nowMs() / 1000);
  const header = { name: "countersign-pass", value: session.pass };
  const base = signatureBase(
    { method: "GET", targetUri: url, contentDigest: null, header },
    { created, expires: created + 60, nonce: `nonce-${nonces}`, keyid: session.session },
  );
  if (!base.ok) throw new TypeError(base.detail);
  const signature = formatSignature(hmacSha256(Buffer.from(session.proofKey, "base64url"), base.value.base));
  const { signatureInput } = base.value;
  const protocols = toBrokeredProtocols({ protocols: [], pass: session.pass, signatureInput, signature });
  return new WebSocket(url, [...(protocols ?? [])], { perMessageDeflate: false });
}

const statusOf = async (socket: WebSocket): Promise<number> => {
  socket.on("error", () => {});
  const [, response] = (await once(socket, "unexpected-response")) as [
    unknown,
    { statusCode: number; destroy(): void },
  ];
  response.destroy();
  return response.statusCode;
};
const messageOf = async (socket: WebSocket): Promise<string> =>
  String(((await once(socket, "message")) as [Buffer])[0]);
const codeOf = async (socket: WebSocket): Promise<number> => ((await once(socket, "close")) as [number])[0];

describe("a WebSocket at /b/", () => {
  it("is opened with the value, which neither comes back nor is logged", async () => {
    const session = await sessionOf();
    const socket = open(session);
    expect(await messageOf(socket)).toBe(`asked /v1/live?key=${"*".repeat(value.length)}`);
    socket.send(`echo ${value}`);
    expect(await messageOf(socket)).toBe(`echo ${"*".repeat(value.length)}`);
    socket.close();
    await codeOf(socket);
    const logged = lab.lines.join("\n");
    expect(logged).toContain('"upstreamStatus":101');
    for (const hidden of [value, session.pass, session.proofKey, "countersign.ey"])
      expect(logged).not.toContain(hidden);
  });

  it("of another project or API is not found", async () => {
    const session = await sessionOf();
    expect(await statusOf(open(session, "AAAAAAAAAAAAAAAAAAAAAA"))).toBe(404);
    expect(await statusOf(new WebSocket(`${wsOrigin()}/b/${lab.project}/PHOTOS/x`))).toBe(404);
  });

  it("without a pass is refused", async () => {
    expect(await statusOf(new WebSocket(`${wsOrigin()}/b/${lab.project}/photos/v1/live`))).toBe(401);
  });

  it("of a banned instance is ended with its next message", async () => {
    const session = await sessionOf();
    const socket = open(session);
    await messageOf(socket);
    const { admin } = lab.service().domain;
    // The log names who used the secret, by the id that is banned.
    const [, instance = ""] = /"event":"brokered",.*"instance":"([^"]+)"/.exec(lab.lines.join("\n")) ?? [];
    await admin.banInstance(actor, lab.project, instance, { reason: "test" });
    socket.send("still here");
    expect(await codeOf(socket)).toBe(1008);
  });

  it("is ended when its secret has a new value", async () => {
    const socket = open(await sessionOf());
    await messageOf(socket);
    await lab.service().domain.admin.rotateSecret(actor, lab.project, "photo-key", { value: "another-value" });
    expect(await codeOf(socket)).toBe(1012);
  }, 15_000);

  it("is ended with 1001 when the service ends, which does not wait for it", async () => {
    const socket = open(await sessionOf());
    await messageOf(socket);
    const [, code] = await Promise.all([lab.restart(), codeOf(socket)]);
    expect(code).toBe(1001);
  });
});

describe("an offer to upgrade that is no brokered WebSocket", () => {
  it.each([
    ["to HTTP/2", "/healthz", "h2c", 200],
    ["to WebSocket elsewhere", "/healthz", "websocket", 200],
    ["to WebSocket where nothing is", "/nowhere", "websocket", 404],
    ["to HTTP/2 at the broker", "/b/x/y/z", "h2c", 404],
  ])("is answered as if it were none: %s", async (_name, path, upgrade, expected) => {
    const asked = request(lab.service().origin + path, {
      headers: { connection: "Upgrade, HTTP2-Settings", upgrade, "http2-settings": "AAMAAABkAAQAAP__" },
      agent: false,
    });
    asked.end();
    const [response] = (await once(asked, "response")) as [{ statusCode: number; resume(): void }];
    response.resume();
    expect(response.statusCode).toBe(expected);
  });
});
