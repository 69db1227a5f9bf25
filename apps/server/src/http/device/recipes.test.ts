import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  formatSignature,
  parseSealedSession,
  placeholderOf,
  type SealedSession,
  signatureBase,
} from "@countersign/protocol";
import { hmacSha256, sha256 } from "@countersign/protocol/server";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { faultOfAws } from "../../../../../packages/broker/src/aws-verifier.suite.ts";
import { createTlsAuthority } from "../../../../../testing/tls-authority.ts";
import { stsAnswer } from "../../domain/recipes/sts-answer.suite.ts";
import { answerJson, grantToken, openVendorLab, type VendorLab } from "../../domain/recipes/vendor-lab.suite.ts";
import { type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";

const actor = { id: "lab", name: "lab" };
const root = "root-credential-7Hq2-never-leaves";
const rootKeys = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
const upstreamAuthority = createTlsAuthority({ name: "Upstream CA", nowMs: Date.now() });

interface Seen {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

let vendor: VendorLab;
let upstream: Server;
let arrived: Seen[] = [];
let folder = "";
let lab: DeviceLab;

beforeAll(async () => {
  vendor = await openVendorLab();
  upstream = createServer(upstreamAuthority.issue(["localhost"]), ({ method = "", url = "", headers }, response) => {
    arrived.push({ method, target: url, headers, body: "" });
    response.end(JSON.stringify(headers));
  });
  await new Promise<void>((resolve) => void upstream.listen(0, "127.0.0.1", resolve));
  folder = mkdtempSync(join(tmpdir(), "countersign-recipes-"));
  writeFileSync(join(folder, "ca.pem"), vendor.ca);
});
afterAll(async () => {
  await vendor.close();
  upstream.closeAllConnections();
  upstream.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  vendor.seen.length = 0;
  vendor.answer = grantToken;
  arrived = [];
  lab = await openDeviceLab({ upstreamCa: join(folder, "ca.pem") });
  const { port } = upstream.address() as AddressInfo;
  const api = { host: "localhost", port, channel: "roots", pins: [], roots: [upstreamAuthority.pem] } as const;
  await admin().putApi(actor, lab.project, "vendor", { ...api, whenUnavailable: "fail" }, "create");
});
afterEach(() => lab.close());

const admin = () => lab.service().domain.admin;
const place = { api: "vendor", methods: ["GET"], path: "/v1", in: "header", name: "authorization" } as const;

const setToken = (more: object = {}) =>
  admin().setSecret(actor, lab.project, "vendor-token", {
    value: root,
    places: [{ ...place, prefix: "Bearer ", when: "placeholder" }],
    recipe: { kind: "oauth-client-credentials", tokenUrl: `${vendor.origin}/token`, clientId: "photos" },
    ...more,
  });

async function openInstance() {
  const instance = lab.instanceOf(lab.pixel());
  await instance.enrol();
  return async (): Promise<SealedSession> => {
    const asks = { tokens: [], secrets: ["nasa-key", "vendor-token"], clientAttestations: [] };
    const answer = await instance.session({ asks, challenge: await lab.exchange.challenge(lab.project) });
    const session = answer.session === null ? null : parseSealedSession(answer.session.plaintext);
    if (session?.ok !== true) throw new TypeError("no session");
    return session.value;
  };
}

const tokenOf = ({ secrets }: SealedSession): string | null => {
  const secret = secrets.find(({ name }) => name === "vendor-token");
  return secret?.mode === "delivered" ? secret.value : null;
};

let nonces = 0;

/** A brokered call with the placeholder in its place. */
function call(session: SealedSession, path: string): Promise<{ readonly status: number; readonly text: string }> {
  nonces += 1;
  const target = `/b/${lab.project}/vendor${path}`;
  const created = Math.floor(lab.nowMs() / 1000);
  const base = signatureBase(
    {
      method: "GET",
      targetUri: lab.service().origin + target,
      contentDigest: null,
      header: { name: "countersign-pass", value: session.pass },
    },
    { created, expires: created + 60, nonce: `nonce-${nonces}`, keyid: session.session },
  );
  if (!base.ok) throw new TypeError(base.detail);
  const headers = {
    authorization: `Bearer ${placeholderOf(sha256, Buffer.from(lab.project, "base64url"), "vendor-token")}`,
    "countersign-pass": session.pass,
    "signature-input": base.value.signatureInput,
    signature: formatSignature(hmacSha256(Buffer.from(session.proofKey, "base64url"), base.value.base)),
  };
  return new Promise((resolve, reject) => {
    get(lab.service().origin + target, { headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    }).on("error", reject);
  });
}

/** The root and what is made of it for the vendor stand nowhere on the device's side, nor in the log. */
function expectNoRoot(...shown: readonly unknown[]): void {
  const text = JSON.stringify(shown) + lab.lines.join("\n");
  for (const value of [root, Buffer.from(`photos:${root}`).toString("base64"), rootKeys.secretAccessKey])
    expect(text).not.toContain(value);
}

it("delivers to each instance a value of its own, the same one for its next session", async () => {
  await setToken();
  const [one, two] = [await openInstance(), await openInstance()];
  const sessions = [await one(), await two(), await one()];
  const [first, second, again] = sessions.map(tokenOf);
  expect(first).toMatch(/^token-[0-9a-f]{24}$/);
  expect(second).toMatch(/^token-/);
  expect(second).not.toBe(first);
  expect(again).toBe(first);
  expect(vendor.seen).toHaveLength(2);
  expectNoRoot(sessions);
});

it("brokers for each instance with a value of its own, which no device sees", async () => {
  await setToken({ mode: "brokered" });
  const sessions = [await (await openInstance())(), await (await openInstance())()];
  const answers: string[] = [];
  for (const session of [...sessions, ...sessions]) {
    const { status, text } = await call(session, "/v1/photos");
    expect(status).toBe(200);
    answers.push(text);
  }
  const sent = arrived.map(({ headers }) => String(headers.authorization));
  expect(new Set(sent).size).toBe(2);
  expect(sent[0]).toMatch(/^Bearer token-[0-9a-f]{24}$/);
  expect([sent[0], sent[1]]).toEqual([sent[2], sent[3]]);
  expect(vendor.seen).toHaveLength(2);
  for (const value of sent) expect(JSON.stringify([sessions, answers])).not.toContain(value.slice("Bearer ".length));
  expectNoRoot(sessions, answers);
});

it("leaves a value out of the session that cannot be minted, says why in the log, and serves the rest", async () => {
  await setToken();
  vendor.answer = (request, response) => answerJson(response, { error: request.headers.authorization }, 401);
  const session = await (await openInstance())();
  expect(session.secrets.map(({ name }) => name)).toEqual(["nasa-key"]);
  expect(lab.lines.join("\n")).toContain('"event":"recipe_failed"');
  expect(lab.lines.join("\n")).toContain("recipe_refused");
  expectNoRoot(session);
});

it("answers a brokered call that has no value `unavailable`, and sends nothing", async () => {
  await setToken({ mode: "brokered" });
  vendor.answer = (_request, response) => answerJson(response, { access_token: "a\r\nb", token_type: "bearer" });
  const session = await (await openInstance())();
  expect(await call(session, "/v1/photos")).toMatchObject({ status: 503 });
  expect(arrived).toEqual([]);
});

it("mints anew from a new root, and forgets the old values with it", async () => {
  await setToken();
  const one = await openInstance();
  const before = tokenOf(await one());
  await admin().rotateSecret(actor, lab.project, "vendor-token", { value: "another-root-credential" });
  const after = tokenOf(await one());
  expect(after).toMatch(/^token-/);
  expect(after).not.toBe(before);
  const basic = (at: number) =>
    Buffer.from(String(vendor.seen[at]?.headers.authorization).slice(6), "base64").toString();
  expect([basic(0), basic(1)]).toEqual([`photos:${root}`, "photos:another-root-credential"]);
});

it("signs with temporary keys of STS, asked for by the root keys under a pseudonym of the instance", async () => {
  const sessionNames: string[] = [];
  vendor.answer = (request, response) => {
    const expected = { credentials: rootKeys, region: "eu-central-1", service: "sts", nowMs: lab.nowMs() };
    if (faultOfAws(request, expected) !== null) return void response.writeHead(403).end();
    sessionNames.push(new URLSearchParams(request.body).get("RoleSessionName") ?? "");
    const minted = {
      AccessKeyId: `ASIA${sessionNames.length}OSFODNN7EXAMPL`,
      SecretAccessKey: `${sessionNames.length}123456789abcdefghijklmnopqrstuvwxyzABCD`,
      SessionToken: `AQoDYXdzEPT//////////wEXAMPLE+token/${sessionNames.length}==`,
      Expiration: new Date(lab.nowMs() + 3_600_000).toISOString().replace(/\.\d+/, ""),
    };
    response.end(stsAnswer(minted));
  };
  await setToken({
    mode: "brokered",
    value: JSON.stringify(rootKeys),
    places: [{ ...place, when: "always" }],
    terms: { processor: { kind: "aws-sigv4", region: "eu-central-1", service: "s3" }, budgets: [] },
    recipe: {
      kind: "aws-sts",
      region: "eu-central-1",
      roleArn: "arn:aws:iam::123456789012:role/photos",
      endpoint: vendor.origin,
    },
  });
  const instances = [await openInstance(), await openInstance()];
  for (const [at, open] of instances.entries()) {
    const session = await open();
    const { status, text } = await call(session, "/v1/bucket/a%20b.jpg?list-type=2&prefix=x+y");
    expect(status).toBe(200);
    const number = at + 1;
    const credentials = {
      accessKeyId: `ASIA${number}OSFODNN7EXAMPL`,
      secretAccessKey: `${number}123456789abcdefghijklmnopqrstuvwxyzABCD`,
      sessionToken: `AQoDYXdzEPT//////////wEXAMPLE+token/${number}==`,
    };
    const [request] = arrived.splice(0);
    if (request === undefined) throw new Error("nothing arrived");
    const expected = { credentials, region: "eu-central-1", service: "s3", nowMs: lab.nowMs() };
    expect(faultOfAws(request, expected)).toBeNull();
    for (const value of Object.values(credentials)) expect(text).not.toContain(value);
    expectNoRoot(session, text);
  }
  expect(new Set(sessionNames).size).toBe(2);
  for (const name of sessionNames) expect(name).toMatch(/^cs-[\w-]{22}$/);
});

it("mints nothing for a decoy, who gets a canary of the form of what is minted", async () => {
  const { id: _id, createdAtMs: _at, ...api } = await admin().showApi(lab.project, "nasa");
  const token = { header: "authorization", prefix: "Bearer ", alg: "HS256" as const };
  await admin().putApi(actor, lab.project, "nasa", { ...api, token, decoyAnswer: undefined }, "replace");
  const keys = await admin().listTokenKeys(lab.project);
  await admin().activateTokenKey(actor, lab.project, keys.find(({ alg }) => alg === "HS256")?.kid ?? "", {});
  lab.advance(15 * 60_000);
  await lab.change({ decoy: true });
  await setToken({
    value: JSON.stringify(rootKeys),
    recipe: { kind: "aws-sts", region: "eu-central-1", roleArn: "arn:aws:iam::123456789012:role/photos" },
  });
  const instance = lab.instanceOf(lab.pixel());
  await instance.enrol();
  const asks = { tokens: [], secrets: ["vendor-token"], clientAttestations: [] };
  const seen = [{ name: "hook", count: 1, ageSeconds: 0 }];
  const challenge = await lab.exchange.challenge(lab.project);
  const answer = await instance.session({ asks, challenge, seen });
  const session = answer.session === null ? null : parseSealedSession(answer.session.plaintext);
  expect(session?.ok).toBe(true);
  const canary: unknown = JSON.parse((session?.ok === true ? tokenOf(session.value) : null) ?? "null");
  expect(canary).toEqual({
    accessKeyId: expect.stringMatching(/^ASIA[0-9A-Z]{16}$/),
    secretAccessKey: expect.stringMatching(/^[A-Za-z0-9]{40}$/),
    sessionToken: expect.stringMatching(/^IQoJb3JpZ2luX2Vj[A-Za-z0-9]{320}$/),
  });
  expect(vendor.seen).toEqual([]);
  expectNoRoot(session);
});
