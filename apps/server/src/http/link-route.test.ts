import { request } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import {
  decodeBase64url,
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
let api: Server;
let pictures: Server;
let asked: string[] = [];
let lab: DeviceLab;
let nonces = 0;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const picture = (): string => `https://localhost:${portOf(pictures)}/image/moon.png`;

beforeAll(async () => {
  api = createServer(authority.issue(["localhost"]), (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ url: picture() }));
  });
  pictures = createServer(authority.issue(["localhost"]), ({ method = "", url = "", headers }, response) => {
    asked.push(`${method} ${url} ${String(headers.cookie)}`);
    response.writeHead(200, { "content-type": "image/png" }).end("a picture");
  });
  for (const server of [api, pictures]) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  for (const server of [api, pictures]) {
    server.closeAllConnections();
    server.close();
  }
});
beforeEach(async () => {
  asked = [];
  lab = await openDeviceLab();
  const { admin } = lab.service().domain;
  const shared = { host: "localhost", channel: "roots" as const, roots: [authority.pem] };
  await admin.putApi(actor, lab.project, "photos", { ...shared, port: portOf(api) }, "create");
  await admin.putApi(actor, lab.project, "pictures", { ...shared, port: portOf(pictures) }, "create");
  await admin.setApiLinks(actor, lab.project, "photos", { to: [{ api: "pictures", path: "/image" }], seconds: 600 });
  const place = {
    api: "photos",
    methods: ["GET"],
    path: "/v1",
    in: "query",
    name: "key",
    when: "placeholder",
  } as const;
  await admin.setSecret(actor, lab.project, "photo-key", { value: "a-value", mode: "brokered", places: [place] });
});
afterEach(() => lab.close());

/** A new instance's session. */
async function enrolled(): Promise<SealedSession> {
  const instance = lab.instanceOf(lab.pixel());
  await instance.enrol();
  const asks = { tokens: [], secrets: ["photo-key"], clientAttestations: [] };
  const answer = await instance.session({ asks, challenge: await lab.exchange.challenge(lab.project) });
  const session = answer.session === null ? null : parseSealedSession(answer.session.plaintext);
  if (session?.ok !== true) throw new TypeError("no session");
  return session.value;
}

async function call({ pass, proofKey, session }: SealedSession): Promise<Response> {
  nonces += 1;
  const { origin } = lab.service();
  const projectId = decodeBase64url(lab.project, 16) ?? new Uint8Array();
  const target = `/b/${lab.project}/photos/v1/list?key=${placeholderOf(sha256, projectId, "photo-key")}`;
  const created = Math.floor(lab.nowMs() / 1000);
  const header = { name: "countersign-pass", value: pass };
  const covered = { method: "GET", targetUri: origin + target, contentDigest: null, header };
  const base = signatureBase(covered, { created, expires: created + 60, nonce: `n-${nonces}`, keyid: session });
  if (!base.ok) throw new TypeError(base.detail);
  return await fetch(origin + target, {
    headers: {
      "countersign-pass": pass,
      "signature-input": base.value.signatureInput,
      signature: formatSignature(hmacSha256(Buffer.from(proofKey, "base64url"), base.value.base)),
    },
  });
}

/** Of the newest event of this name in the log. */
const bearerOf = (event: string): string => {
  const line = lab.lines.findLast((one) => one.includes(`"event":"${event}"`));
  return (JSON.parse(line ?? "{}") as { instance?: string }).instance ?? "none";
};

const linkOf = async (session: SealedSession): Promise<string> =>
  ((await (await call(session)).json()) as { url: string }).url;

/** Asks for a link as it is written. */
function open(
  link: string,
  method = "GET",
  headers = {},
): Promise<{ status: number; text: string; allow: string | undefined }> {
  const { hostname, port, origin } = new URL(lab.service().origin);
  return new Promise((resolve, reject) => {
    const path = link.slice(origin.length);
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      let text = "";
      response.on("data", (part: Buffer) => (text += part.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text, allow: response.headers.allow }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

const codeOf = async (link: string, method?: string): Promise<string> =>
  (JSON.parse((await open(link, method)).text) as { code: string }).code;

it("opens links of an answer for whoever holds it, and only as they stand there", async () => {
  const link = await linkOf(await enrolled());
  expect(await open(link, "GET", { cookie: "a=b" })).toMatchObject({ status: 200, text: "a picture" });
  expect(asked).toEqual(["GET /image/moon.png undefined"]);
  const { origin } = lab.service();
  const [, , project = "", api = "", token = ""] = link.slice(origin.length).split("/");
  const at = (...parts: readonly string[]): string => `${origin}/l/${parts.join("/")}`;
  for (const [other, code] of [
    [at(project, api, token, "image/sun.png"), "link_invalid"],
    [`${link}?a=1`, "link_invalid"],
    [`${link}/`, "link_invalid"],
    [link.replace("/image", "//image"), "link_invalid"],
    [link.replace("moon", "%6doon"), "link_invalid"],
    [link.replace("/image/", "/image/../image/"), "link_invalid"],
    [link.replace("/image/", "/image/./"), "link_invalid"],
    [link.replace("/image/", "\\image\\"), "not_found"],
    [at(project, "photos", token, "image/moon.png"), "link_invalid"],
    [at(project, "other", token, "image/moon.png"), "link_invalid"],
    [at(project, "..", token, "image/moon.png"), "not_found"],
    [at("nobody", api, token, "image/moon.png"), "not_found"],
    [at(project, api, "image/moon.png"), "link_invalid"],
    [at(project, api, token), "not_found"],
    [at(project, api, "", token, "image/moon.png"), "not_found"],
    [at(project, api, token.toUpperCase(), "image/moon.png"), "link_invalid"],
  ] as const)
    expect([other, await codeOf(other)]).toEqual([other, code]);
  expect(await open(link, "POST")).toMatchObject({ status: 405, allow: "GET, HEAD" });
  expect(await codeOf(link, "DELETE")).toBe("method_not_allowed");
  expect(asked).toHaveLength(1);
});

it("opens none of another project, with a pass in place of a link, nor a link in place of a pass", async () => {
  const session = await enrolled();
  const link = await linkOf(session);
  const { admin } = lab.service().domain;
  const { id: other } = await admin.createProject(actor, { name: "other", kind: "development" });
  const shared = { host: "localhost", channel: "roots" as const, roots: [authority.pem] };
  await admin.putApi(actor, other, "pictures", { ...shared, port: portOf(pictures) }, "create");
  await admin.setApiLinks(actor, other, "pictures", { to: [{ api: "pictures" }] });
  expect(await codeOf(link.replace(lab.project, other))).toBe("link_invalid");
  const [token = ""] = /[\w-]{94}/.exec(link) ?? [];
  expect(await codeOf(link.replace(token, session.pass))).toBe("link_invalid");
  expect(await codeOf(link.replace(token, session.pass.slice(0, 94)))).toBe("link_invalid");
  expect((await call({ ...session, pass: token })).status).toBe(401);
  expect(asked).toEqual([]);
});

it("opens none once its instance is banned, its end has come, or links lead there no more", async () => {
  const { admin } = lab.service().domain;
  const session = await enrolled();
  const link = await linkOf(session);
  await admin.setApiLinks(actor, lab.project, "photos", { to: [] });
  expect(await codeOf(link)).toBe("link_invalid");
  await admin.setApiLinks(actor, lab.project, "photos", { to: [{ api: "pictures" }], seconds: 600 });
  expect((await open(link)).status).toBe(200);
  lab.advance(601_000);
  expect(await codeOf(link)).toBe("link_invalid");
  const next = await enrolled();
  const fresh = await linkOf(next);
  expect((await open(fresh)).status).toBe(200);
  await lab.ban(bearerOf("brokered"));
  expect(await codeOf(fresh)).toBe("pass_withdrawn");
  expect(asked).toHaveLength(2);
});

it("answers a decoy's links as its API is said to answer, and sends nothing", async () => {
  const { admin } = lab.service().domain;
  const session = await enrolled();
  // Tokens that anybody can verify exclude decoys.
  await admin.putApi(actor, lab.project, "nasa", { host: "api.nasa.gov", channel: "system" }, "replace");
  await admin.changeSettings(actor, lab.project, { decoy: true });
  const genuine = await linkOf(session);
  await lab.ban(bearerOf("brokered"));
  const api = (await admin.listApis(lab.project)).find(({ id }) => id === "photos");
  if (api === undefined) throw new TypeError("no such API");
  const { host, port, channel, roots } = api;
  const body = JSON.stringify({ url: picture() });
  const decoyAnswer = { status: 200, contentType: "application/json", body, delayMs: 0 };
  await admin.putApi(actor, lab.project, "photos", { host, port, channel, roots, decoyAnswer }, "replace");
  const decoy = await linkOf(session);
  expect(decoy).toHaveLength(genuine.length);
  expect(decoy).not.toBe(genuine);
  for (const link of [genuine, decoy]) expect(await open(link)).toMatchObject({ status: 429, text: "{}" });
  expect(await codeOf(decoy.replace("moon", "sun"))).toBe("link_invalid");
  await admin.changeSettings(actor, lab.project, { decoy: false });
  expect([await codeOf(genuine), await codeOf(decoy)]).toEqual(["pass_withdrawn", "link_invalid"]);
  expect(asked).toEqual([]);
});

it("logs neither the path of a link nor its token", async () => {
  const link = await linkOf(await enrolled());
  await open(link);
  await open(`${link}?a-query-of-somebody`);
  const [token = "none"] = /[\w-]{94}/.exec(link) ?? [];
  const logged = lab.lines.join("\n");
  expect(bearerOf("linked")).toBe(bearerOf("brokered"));
  for (const word of [token, "moon", "a-query-of-somebody"]) expect(logged).not.toContain(word);
  expect(logged).toContain('"/l/:project/:api/*"');
});
