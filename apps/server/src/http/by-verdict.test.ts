import { get } from "node:http";
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
import type { RawInstance } from "@countersign/virtual-device";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { createTlsAuthority } from "../../../../testing/tls-authority.ts";
import { defaultDecoyAnswer } from "../domain/project/default-decoy-answer.ts";
import { type DeviceLab, openDeviceLab } from "./device/device-lab.suite.ts";

const actor = { id: "lab", name: "lab" };
const name = "photo-key";
const value = "a-value-by-verdict";
const asks = { tokens: [{ api: "photos" }], secrets: [name], clientAttestations: [] };
/** No detector that is known says this: the instance is restricted for it. */
const strange = { name: "never-heard-of", count: 1, ageSeconds: 0 };
const authority = createTlsAuthority({ name: "Upstream CA", nowMs: Date.now() });
const places = [
  { api: "photos", path: "/v1", in: "query", name: "key", methods: ["GET"], when: "placeholder" as const },
] as const;
let upstream: Server;
let asked: string[] = [];
let lab: DeviceLab;
let nonces = 0;

beforeAll(async () => {
  upstream = createServer(authority.issue(["localhost"]), (request, response) => {
    asked.push(request.url ?? "");
    response.end("ok");
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});
beforeEach(async () => {
  asked = [];
  lab = await openDeviceLab();
  const { port } = upstream.address() as AddressInfo;
  const api = { host: "localhost", port, channel: "roots" as const, pins: [], roots: [authority.pem] };
  await admin().putApi(actor, lab.project, "photos", { ...api, whenUnavailable: "fail" }, "create");
  await admin().setSecret(actor, lab.project, name, { value, mode: "by-verdict", places });
});
afterEach(() => lab.close());

const admin = () => lab.service().domain.admin;
const setMode = (mode: "delivered" | "brokered" | "by-verdict", fresh?: string) =>
  admin().changeSecretMode(actor, lab.project, name, { mode, ...(fresh !== undefined && { value: fresh }) });

async function enrolled(): Promise<RawInstance> {
  const instance = lab.instanceOf(lab.pixel());
  await instance.enrol();
  return instance;
}

async function session(instance: RawInstance, seen = [] as (typeof strange)[]): Promise<SealedSession> {
  const { session: opened, problem } = await instance.session({ asks, seen });
  const parsed = opened === null ? null : parseSealedSession(opened.plaintext);
  if (parsed?.ok !== true) throw new TypeError(problem ?? "no session");
  return parsed.value;
}

/** The session of a page of this origin; null where it is refused. */
async function pageOf(origin: string): Promise<SealedSession | null> {
  const prepared = await lab.instanceOf(lab.browser()).prepareEnrolment({ asks });
  const headers = { "content-type": "application/json", origin };
  const body = JSON.stringify(prepared.body);
  const response = await fetch(`${lab.service().origin}${prepared.path}`, { method: "POST", headers, body });
  return lab.sessionIn(prepared, new Uint8Array(await response.arrayBuffer()));
}

/** What a session says of the secret. */
const held = ({ verdict, secrets }: SealedSession) => [verdict, ...secrets];

/** One call of the broker with a session's pass. */
function call({ pass, proofKey, session: keyid }: SealedSession): Promise<number> {
  nonces += 1;
  const placeholder = placeholderOf(sha256, Buffer.from(lab.project, "base64url"), name);
  const url = `${lab.service().origin}/b/${lab.project}/photos/v1/list?key=${placeholder}`;
  const created = Math.floor(lab.nowMs() / 1000);
  const header = { name: "countersign-pass", value: pass };
  const parameters = { created, expires: created + 60, nonce: `nonce-${nonces}`, keyid };
  const base = signatureBase({ method: "GET", targetUri: url, contentDigest: null, header }, parameters);
  if (!base.ok) throw new TypeError(base.detail);
  const mac = hmacSha256(Buffer.from(proofKey, "base64url"), base.value.base);
  const headers = {
    "countersign-pass": pass,
    "signature-input": base.value.signatureInput,
    signature: formatSignature(mac),
  };
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on("error", reject);
  });
}

it("gives a trusted instance the value, and the broker nothing to do for it", async () => {
  const trusted = await session(await enrolled());
  expect(held(trusted)).toEqual(["trusted", { name, version: 1, mode: "delivered", value }]);
  expect([await call(trusted), asked]).toEqual([403, []]);
});

it("is used by the broker for a restricted instance, which never has the value", async () => {
  const restricted = await session(await enrolled(), [strange]);
  expect(held(restricted)).toEqual(["restricted", { name, version: 1, mode: "brokered" }]);
  expect(JSON.stringify(restricted)).not.toContain(value);
  expect([await call(restricted), asked]).toEqual([200, [`/v1/list?key=${value}`]]);
});

it("is used for a page of a registered origin, and is nothing to a page of another", async () => {
  const page = await pageOf("https://astropiks.example");
  if (page === null) throw new TypeError("no session");
  expect(held(page)).toEqual(["restricted", { name, version: 1, mode: "brokered" }]);
  expect([await call(page), asked]).toEqual([200, [`/v1/list?key=${value}`]]);
  expect(await pageOf("https://evil.example")).toBeNull();
});

it("follows an instance from trusted to restricted and back, with one secret and no word to the app", async () => {
  const instance = await enrolled();
  const modes: unknown[] = [];
  for (const seen of [[], [strange], []]) modes.push((await session(instance, seen)).secrets.map(({ mode }) => mode));
  expect(modes).toEqual([["delivered"], ["brokered"], ["delivered"]]);
});

it("is no restricted instance's once the operator says delivered or brokered, from the next call on", async () => {
  const restricted = await session(await enrolled(), [strange]);
  for (const [mode, fresh] of [["delivered"], ["by-verdict"], ["brokered", "a-new-value"]] as const) {
    await setMode(mode, fresh);
    expect(await call(restricted)).toBe(mode === "by-verdict" ? 200 : 403);
  }
  expect(asked).toEqual([`/v1/list?key=${value}`]);
  expect(held(await session(await enrolled(), [strange]))).toEqual(["restricted"]);
});

it("is for the apps it is for, whatever the verdict", async () => {
  const instance = await enrolled();
  const restricted = await session(instance, [strange]);
  await admin().putApp(actor, lab.project, "second", { web: { origins: ["https://b.example"] } }, "create");
  await admin().setSecret(actor, lab.project, name, { value, places, apps: ["second"] });
  expect([await call(restricted), asked]).toEqual([403, []]);
  expect([(await session(instance)).secrets, (await session(instance, [strange])).secrets]).toEqual([[], []]);
});

it("is used within its budgets, which a crowd of enrolments draws on together", async () => {
  const budget = { perCall: 1, windowSeconds: 3600 };
  const budgets = [
    { of: "instance", limit: 2, ...budget },
    { of: "secret", limit: 3, ...budget },
  ] as const;
  await admin().setTerms(actor, lab.project, name, { terms: { processor: null, budgets } });
  const [one, other, third] = await Promise.all([1, 2, 3].map(async () => await session(await enrolled(), [strange])));
  if (one === undefined || other === undefined || third === undefined) throw new TypeError("three were asked for");
  const statuses = [];
  for (const each of [one, one, one, other, other, third]) statuses.push(await call(each));
  expect([statuses, asked.length]).toEqual([[200, 200, 429, 200, 429, 429], 3]);
});

it("is a canary to decoys: given to one that would be trusted, used for one that would be restricted, and no API is asked", async () => {
  const { id: _id, createdAtMs: _at, ...api } = await admin().showApi(lab.project, "nasa");
  await admin().putApi(actor, lab.project, "nasa", { ...api, token: null, decoyAnswer: undefined }, "replace");
  await lab.change({ decoy: true });
  const unlocked = lab.instanceOf(lab.pixel({ locked: false }));
  const { session: sealed } = await unlocked.enrol({ asks });
  const opened = sealed === null ? null : parseSealedSession(sealed.plaintext);
  if (opened?.ok !== true) throw new TypeError("no session");
  expect(held(opened.value)).toMatchObject(["trusted", { name, version: 2, mode: "delivered" }]);
  expect(JSON.stringify(opened.value)).not.toContain(value);
  const page = await pageOf("https://evil.example");
  if (page === null) throw new TypeError("no session");
  expect(held(page)).toEqual(["restricted", { name, version: 1, mode: "brokered" }]);
  expect([await call(opened.value), await call(page), asked]).toEqual([403, defaultDecoyAnswer.status, []]);
});
