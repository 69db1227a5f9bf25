import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { PassThrough } from "node:stream";
import {
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
import { afterEach, describe, expect, it } from "vitest";
import { createTlsAuthority } from "../../../testing/tls-authority.ts";
import { createBroker } from "./broker.ts";
import {
  call,
  closeBrokerLab,
  placeholder as labPlaceholder,
  project as labProject,
  openBrokerLab,
  sign,
} from "./broker-lab.suite.ts";
import type { BrokerPorts } from "./ports.ts";
import { readBody } from "./read-body.ts";
import type { Resolve } from "./resolve-peer.ts";

const nowMs = Date.now();
const authority = createTlsAuthority({ name: "Upstream CA", nowMs });
const projectId = new Uint8Array(16).fill(7);
const project = encodeBase64url(projectId);
const placeholder = placeholderOf(sha256, projectId, "key");
const proofKey = new Uint8Array(32).fill(9);
const origin = "https://broker.test";
const pass: Pass = {
  instance: encodeBase64url(new Uint8Array(16).fill(1)),
  subject: encodeBase64url(new Uint8Array(16).fill(2)),
  app: "photos",
  verdict: "trusted",
  session: encodeBase64url(new Uint8Array(16).fill(3)),
  issuedAtMs: nowMs,
  exp: Math.floor(nowMs / 1000) + 300,
  secrets: ["key"],
};
const place: Place = { api: "photos", methods: ["GET"], path: "/", in: "query", name: "k", when: "placeholder" };

function manifestOf(api: Partial<ManifestApi>, places: readonly Place[] = [place]): Manifest {
  const root = Buffer.from(authority.pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
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
      { api: "photos", host: "localhost", port: 443, channel: "roots", pins: [], whenUnavailable: "fail", ...api },
    ],
    secrets: [{ name: "key", placeholder, places: [...places] }],
    roots: [root.toString("base64url")],
    signals: { required: [] },
  };
}

const portsOf = (manifest: Manifest, change: Partial<BrokerPorts> = {}): BrokerPorts => ({
  project: async () => ({ id: project, manifest }),
  openPass: () => ({ ok: true, pass, proofKey, decoy: false }),
  isBanned: () => false,
  decoys: () => null,
  epochMs: async () => 0,
  take: async () => true,
  once: async () => true,
  revealSecret: async () => ({ reveal: () => Buffer.from("value") }),
  versionOf: async () => 1,
  termsOf: async () => ({ processor: null, budgets: [] }),
  draw: async () => true,
  linkTerms: async () => new Map(),
  sealLinks: async () => [],
  openLink: async () => null,
  nowMs: () => nowMs,
  origins: () => [origin],
  allowPrivate: () => true,
  upstreamCas: () => [],
  spotDecoys: () => {},
  log: () => {},
  ...change,
});

const opened: Server[] = [];
async function listening(server: Server, address = "127.0.0.1"): Promise<number> {
  opened.push(server);
  server.listen(0, address);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
afterEach(() => {
  for (const server of opened.splice(0)) {
    if ("closeAllConnections" in server) (server as HttpServer).closeAllConnections();
    server.close();
  }
});

/** The code with which a broker over these ports answers one signed request for `rest`. */
async function codeOf(
  ports: BrokerPorts,
  rest: string,
  headers: Record<string, string> = {},
  resolve?: Resolve,
): Promise<string | null> {
  const rawTarget = `/b/${project}/photos${rest}`;
  const created = Math.floor(nowMs / 1000);
  const base = signatureBase(
    {
      method: "GET",
      targetUri: origin + rawTarget,
      contentDigest: null,
      header: { name: "countersign-pass", value: "a-pass" },
    },
    { created, expires: created + 60, nonce: "nonce", keyid: pass.session },
  );
  if (!base.ok) throw new TypeError(base.detail);
  const signed = {
    ...headers,
    "countersign-pass": "a-pass",
    "signature-input": base.value.signatureInput,
    signature: formatSignature(hmacSha256(proofKey, base.value.base)),
  };
  const broker = createBroker(ports, {
    limits: { connectMs: 200, answerMs: 5000, idleMs: 5000 },
    ...(resolve === undefined ? {} : { resolve }),
  });
  const front = createHttpServer((request, response: ServerResponse) => {
    const call = { method: "GET", project, api: "photos", rest, rawTarget, headers: signed, body: request };
    void broker.handle(call, response);
  });
  const answer = await fetch(`http://127.0.0.1:${await listening(front)}/`, { redirect: "manual" });
  const text = await answer.text();
  return answer.headers.get("content-type") === "application/problem+json"
    ? (JSON.parse(text) as { code: string }).code
    : null;
}

const rest = `/list?k=${placeholder}`;

describe("the broker, one check at a time", () => {
  it("pass_invalid: a pass that has ended", async () => {
    const ended = { ...pass, exp: Math.floor(nowMs / 1000) - 1 };
    const openPass: BrokerPorts["openPass"] = () => ({ ok: true, pass: ended, proofKey, decoy: false });
    expect(await codeOf(portsOf(manifestOf({}), { openPass }), rest)).toBe("pass_invalid");
    const unknown = portsOf(manifestOf({ channel: "unknown" }), { openPass });
    expect(await codeOf(unknown, rest)).toBe("pass_invalid");
  });

  it("signature_invalid: another body than the one whose digest the MAC covers", async () => {
    await openBrokerLab();
    try {
      const path = `/v1/list?api_key=${labPlaceholder}`;
      const signed = sign({ body: "agreed" }, "POST", `/b/${labProject}/photos${path}`);
      expect((await call({ method: "POST", path, body: "altered", signed })).code).toBe("signature_invalid");
      expect((await call({ method: "POST", path, body: "agreed" })).code).toBeNull();
    } finally {
      closeBrokerLab();
    }
  });

  it("target_refused: a target that does not begin with a path, or has a fragment", async () => {
    const ports = portsOf(manifestOf({}));
    expect(await codeOf(ports, `?k=${placeholder}`)).toBe("target_refused");
    expect(await codeOf(ports, `${rest}#part`)).toBe("target_refused");
  });

  it("not_found: an API whose channel this version does not know", async () => {
    expect(await codeOf(portsOf(manifestOf({ channel: "unknown" })), rest)).toBe("not_found");
  });

  it("place_refused: a value that does not fit its place", async () => {
    const manifest = manifestOf({}, [{ ...place, in: "header", name: "x-key" }]);
    const ports = portsOf(manifest, { revealSecret: async () => ({ reveal: () => Buffer.from("two\nlines") }) });
    expect(await codeOf(ports, "/list", { "x-key": placeholder })).toBe("place_refused");
  });

  it("unavailable: a secret that has no value now", async () => {
    expect(await codeOf(portsOf(manifestOf({}), { revealSecret: async () => null }), rest)).toBe("unavailable");
  });

  it("internal: whatever nobody foresaw, without a word of it", async () => {
    const ports = portsOf(manifestOf({}), { project: () => Promise.reject(new Error("canary")) });
    expect(await codeOf(ports, rest)).toBe("internal");
  });

  it("upstream_refused: an upstream that changes the protocol", async () => {
    const upstream = createTlsServer(authority.issue(["localhost"]));
    upstream.on("request", (_request, response) => {
      response.socket?.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n");
    });
    const port = await listening(upstream);
    expect(await codeOf(portsOf(manifestOf({ port })), rest)).toBe("upstream_refused");
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));
  it.skipIf(!hasIpv6)("names an IPv6 address (needs ::1) to no upstream as a server's name", async () => {
    const named: string[] = [];
    const upstream = createTlsServer({
      ...authority.issue(["localhost"]),
      SNICallback: (name, done) => {
        named.push(name);
        done(null);
      },
    });
    upstream.on("request", (_request, response) => response.end("ok"));
    const port = await listening(upstream, "::1");
    expect(await codeOf(portsOf(manifestOf({ host: "[::1]", port })), rest)).toBe("upstream_refused");
    const resolve = async () => [{ address: "::1", family: 6 }];
    expect(await codeOf(portsOf(manifestOf({ port })), rest, {}, resolve)).toBeNull();
    expect(named).toEqual(["localhost"]);
  });

  it("upstream_timeout: an upstream that takes the connection and never says who it is", async () => {
    const port = await listening(createTcpServer((socket) => socket.on("error", () => {})));
    expect(await codeOf(portsOf(manifestOf({ port })), rest)).toBe("upstream_timeout");
  });

  it("upstream_timeout: an upstream that takes the request and never answers, long before a call's whole time is over", async () => {
    const upstream = createTlsServer(authority.issue(["localhost"]), () => {});
    expect(await codeOf(portsOf(manifestOf({ port: await listening(upstream) })), rest)).toBe("upstream_timeout");
  });

  it("malformed: a body that breaks off", async () => {
    const body = new PassThrough();
    const read = readBody(body, 100, 5000);
    body.write("half");
    body.destroy();
    expect(await read).toEqual({ ok: false, code: "malformed" });
  });
});
