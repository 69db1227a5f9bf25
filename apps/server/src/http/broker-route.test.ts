import { get, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import {
  formatSignature,
  parseSealedSession,
  placeholderOf,
  type SealedSession,
  signatureBase,
} from "@countersign/protocol";
import { hmacSha256, sha256 } from "@countersign/protocol/server";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { createTlsAuthority } from "../../../../testing/tls-authority.ts";
import { type DeviceLab, openDeviceLab } from "./device/device-lab.suite.ts";

const actor = { id: "lab", name: "lab" };
const authority = createTlsAuthority({ name: "Upstream CA", nowMs: Date.now() });
const place = { api: "photos", path: "/v1", in: "query", name: "key" } as const;
const places = [{ ...place, methods: ["GET"], when: "placeholder" as const }];
let upstream: Server;
let hits = 0;
let asked = "";
let lab: DeviceLab;
let nonces = 0;

beforeAll(async () => {
  upstream = createServer(authority.issue(["localhost"]), (request, response) => {
    hits += 1;
    asked = request.url ?? "";
    response.end("ok");
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});
beforeEach(async () => {
  hits = 0;
  lab = await openDeviceLab({ limits: { brokeredCallsPerInstancePerMinute: 3 } });
  const { admin } = lab.service().domain;
  const api = {
    host: "localhost",
    port: (upstream.address() as AddressInfo).port,
    channel: "roots" as const,
    pins: [],
  };
  await admin.putApi(
    actor,
    lab.project,
    "photos",
    { ...api, roots: [authority.pem], whenUnavailable: "fail" },
    "create",
  );
  await admin.setSecret(actor, lab.project, "photo-key", { value: "a-brokered-value", mode: "brokered", places });
});
afterEach(() => lab.close());

interface Caller {
  readonly session: SealedSession;
  readonly again: () => Promise<Caller>;
}

async function caller(): Promise<Caller> {
  const instance = lab.instanceOf(lab.pixel());
  await instance.enrol();
  const open = async (): Promise<Caller> => {
    const asks = { tokens: [], secrets: ["photo-key"], clientAttestations: [] };
    const answer = await instance.session({ asks, challenge: await lab.exchange.challenge(lab.project) });
    const session = answer.session === null ? null : parseSealedSession(answer.session.plaintext);
    if (session?.ok !== true) throw new TypeError("no session");
    return { session: session.value, again: open };
  };
  return open();
}

function target(): string {
  const placeholder = placeholderOf(sha256, Buffer.from(lab.project, "base64url"), "photo-key");
  return `/b/${lab.project}/photos/v1/list?key=${placeholder}`;
}

/** The headers of one request, signed. */
function signed({ session }: Caller): OutgoingHttpHeaders {
  nonces += 1;
  const created = Math.floor(lab.nowMs() / 1000);
  const covered = {
    method: "GET",
    targetUri: lab.service().origin + target(),
    contentDigest: null,
    header: { name: "countersign-pass", value: session.pass },
  };
  const parameters = { created, expires: created + 60, nonce: `nonce-${nonces}`, keyid: session.session };
  const base = signatureBase(covered, parameters);
  if (!base.ok) throw new TypeError(base.detail);
  return {
    "countersign-pass": session.pass,
    "signature-input": base.value.signatureInput,
    signature: formatSignature(hmacSha256(Buffer.from(session.proofKey, "base64url"), base.value.base)),
  };
}

function send(headers: OutgoingHttpHeaders): Promise<number> {
  return new Promise((resolve, reject) => {
    get(lab.service().origin + target(), { headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on("error", reject);
  });
}

it("takes no request a second time, not even after a restart, and serves new passes at once", async () => {
  const one = await caller();
  const headers = signed(one);
  expect([await send(headers), await send(headers), hits]).toEqual([200, 409, 1]);
  await lab.restart();
  expect([await send(headers), hits]).toEqual([409, 1]);
  expect([await send(signed(await one.again())), hits]).toEqual([200, 2]);
});

it("asks an instance over its calls a minute to slow down, whatever its sessions, and serves every other", async () => {
  const [one, other] = [await caller(), await caller()];
  for (let calls = 0; calls < 3; calls += 1) expect(await send(signed(one))).toBe(200);
  expect(await send(signed(one))).toBe(429);
  expect(await send(signed(await one.again()))).toBe(429);
  expect(await send(signed(other))).toBe(200);
});

it("makes of a secret what its terms say, and uses it within its budgets, from the moment they are set", async () => {
  const { admin } = lab.service().domain;
  const [one, other] = [await caller(), await caller()];
  expect(await send(signed(one))).toBe(200);
  expect(asked).toBe("/v1/list?key=a-brokered-value");
  const processor = {
    kind: "hmac",
    algorithm: "sha256",
    key: "utf8",
    encoding: "hex",
    message: "{method} {path}",
    headers: {},
  } as const;
  const window = { perCall: 1, windowSeconds: 3600 };
  const budgets = [
    { of: "instance", limit: 1, ...window },
    { of: "secret", limit: 2, ...window },
  ] as const;
  await admin.setTerms(actor, lab.project, "photo-key", { terms: { processor, budgets } });
  expect(await send(signed(one))).toBe(200);
  expect(asked).toBe(
    `/v1/list?key=${Buffer.from(hmacSha256(Buffer.from("a-brokered-value"), Buffer.from("GET /v1/list"))).toString("hex")}`,
  );
  expect([await send(signed(one)), await send(signed(other)), hits]).toEqual([429, 200, 3]);
  expect([await send(signed(await caller())), hits]).toEqual([429, 3]);
  await admin.setTerms(actor, lab.project, "photo-key", { terms: null });
  expect([await send(signed(other)), asked]).toEqual([200, "/v1/list?key=a-brokered-value"]);
});

it("lets no browser guess what an answer is", async () => {
  const headers = signed(await caller());
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(lab.service().origin + target(), { headers, agent: false }, resolve).on("error", reject);
  });
  answer.resume();
  expect([answer.statusCode, answer.headers["x-content-type-options"]]).toEqual([200, "nosniff"]);
});
