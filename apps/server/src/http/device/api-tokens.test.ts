import { createHash, generateKeyPairSync } from "node:crypto";
import { parseSealedSession, thumbprintOf, toJwk } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import type { RawInstance } from "@countersign/virtual-device";
import {
  compactDecrypt,
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  type JSONWebKeySet,
  jwtVerify,
} from "jose";
import jsonwebtoken from "jsonwebtoken";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TokenInput } from "../../domain/admin/token-input.ts";
import { type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";

const actor = { id: "lab", name: "lab" };
const bound = createHash("sha256").update("Bearer user").digest();
const recipient = generateKeyPairSync("rsa", { modulusLength: 2048 });
const firebase = {
  projectNumber: "1234567890",
  projectId: "my-project",
  appIds: { astropiks: "1:1234567890:android:0123456789abcdef" },
};
const apis: Readonly<Record<string, TokenInput>> = {
  shapes: { profile: "approov", arc: true, bind: ["Authorization"], claims: { tier: 3, roles: ["a", "b"] } },
  keyset: { profile: "approov", alg: "RS256" },
  cloud: { profile: "firebase-app-check", firebase },
  sealed: {
    header: "X-Token",
    alg: "PS256",
    encryption: { key: recipient.publicKey.export({ format: "pem", type: "spki" }).toString() },
  },
  dpop: { header: "Authorization", prefix: "DPoP ", proof: "dpop", alg: "EdDSA" },
  signed: { header: "X-Token", proof: "httpsig" },
  once: { header: "X-Token", limitedUse: true },
  noted: { header: "X-Token", annotations: true },
};

let lab: DeviceLab;
let instance: RawInstance;
beforeAll(async () => {
  lab = await openDeviceLab();
  const { admin } = lab.service().domain;
  for (const [id, token] of Object.entries(apis)) {
    await admin.putApi(actor, lab.project, id, { host: `${id}.example`, channel: "system", token }, "create");
  }
  await lab.change({ play: "observe" });
  instance = lab.instanceOf(lab.pixel());
  await instance.enrol();
});
afterAll(() => lab.close());

interface Claims {
  readonly did?: string;
  readonly ip?: string;
  readonly pay?: string;
  readonly arc?: string;
  readonly anno?: readonly string[];
  readonly cnf?: object;
  readonly use?: string;
}

interface Got {
  readonly header: string;
  readonly prefix: string;
  readonly token: string;
}

function tokensIn(plaintext: Uint8Array): readonly Got[] {
  const parsed = parseSealedSession(plaintext);
  if (!parsed.ok) throw new TypeError(parsed.detail);
  return parsed.value.tokens;
}

async function tokenFor(api: string, bind?: Uint8Array, using = instance): Promise<Got> {
  const ask = { api, ...(bind === undefined ? {} : { bind: Buffer.from(bind).toString("base64url") }) };
  const { session } = await using.session({ asks: { tokens: [ask], secrets: [], clientAttestations: [] } });
  const [token] = session === null ? [] : tokensIn(session.plaintext);
  if (token === undefined) throw new TypeError("no token came");
  return token;
}

async function secretOf(api: string): Promise<string> {
  return (await lab.service().domain.admin.exportTokenKey(actor, lab.project, { api, reveal: true })).value;
}

async function verified(api: string, token: string): Promise<Claims> {
  const { json } = await lab.send("GET", `/p/${lab.project}/development/apis/${api}/jwks.json`, null);
  const options = { currentDate: new Date(lab.nowMs()) };
  return (await jwtVerify<Claims>(token, createLocalJWKSet(json as JSONWebKeySet), options)).payload;
}

describe("a token of profile approov", () => {
  it("is what such a backend verifies with its base64 secret, bound, with a subject, its address and the ARC", async () => {
    const { header, token } = await tokenFor("shapes", bound);
    const secret = Buffer.from(await secretOf("shapes"), "base64");
    const claims = jsonwebtoken.verify(token, secret, { algorithms: ["HS256"] }) as Claims;
    expect(header).toBe("Approov-Token");
    expect(claims.did).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    expect(claims).toMatchObject({
      aud: "shapes",
      sub: `approov|${claims.did}|astropiks`,
      ip: "127.0.0.1",
      pay: bound.toString("base64"),
      tier: 3,
      roles: ["a", "b"],
    });
    expect(claims.arc).toMatch(/^[A-Z2-7]{16}$/);
  });

  it("names the same installation to every API, and its own key pair signs where that is wanted", async () => {
    const [first, second] = [decodeJwt<Claims>((await tokenFor("shapes")).token), await tokenFor("keyset")];
    const claims = await verified("keyset", second.token);
    expect([claims.did, decodeProtectedHeader(second.token).alg]).toEqual([first.did, "RS256"]);
    expect([claims.arc, claims.pay]).toEqual([undefined, undefined]);
  });

  it("tells no other profile's backend where the device is, nor its log", async () => {
    expect((await verified("nasa", (await tokenFor("nasa")).token)).ip).toBeUndefined();
    expect(lab.lines.filter((line) => line.includes('"address"'))).toEqual([]);
  });
});

describe("a token of profile firebase-app-check", () => {
  it("has the audiences and the app id that its backends expect, in their header, under RS256", async () => {
    const { header, token } = await tokenFor("cloud");
    expect([header, decodeProtectedHeader(token).alg]).toEqual(["X-Firebase-AppCheck", "RS256"]);
    expect(await verified("cloud", token)).toMatchObject({
      aud: ["projects/1234567890", "projects/my-project"],
      sub: firebase.appIds.astropiks,
    });
  });
});

describe("a token", () => {
  it("that is encrypted is opened by its recipient alone, and verifies then", async () => {
    const { token } = await tokenFor("sealed");
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: "RSA-OAEP-256", enc: "A256GCM", cty: "JWT" });
    const { plaintext } = await compactDecrypt(token, recipient.privateKey);
    expect(await verified("sealed", Buffer.from(plaintext).toString())).toMatchObject({ aud: "sealed" });
    const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    await expect(compactDecrypt(token, stranger)).rejects.toThrow();
  });

  it("that is to be proved names the instance key: its thumbprint for DPoP, itself for HTTP signatures", async () => {
    const { instanceKey: point } = instance.key();
    const dpop = await tokenFor("dpop");
    expect([dpop.header, dpop.prefix]).toEqual(["Authorization", "DPoP "]);
    expect((await verified("dpop", dpop.token)).cnf).toEqual({ jkt: thumbprintOf(sha256, point) });
    const { token } = await tokenFor("signed");
    expect((await verified("signed", token)).cnf).toEqual({ jwk: toJwk(point) });
  });

  it("that counts once says so", async () => {
    expect((await verified("once", (await tokenFor("once")).token)).use).toBe("limited");
    expect((await verified("nasa", (await tokenFor("nasa")).token)).use).toBeUndefined();
  });

  it("names findings that did not refuse where its API wants them, and nowhere else", async () => {
    const fresh = lab.instanceOf(lab.pixel());
    const asks = { tokens: [{ api: "noted" }, { api: "nasa" }], secrets: [], clientAttestations: [] };
    const { session } = await fresh.enrol({ asks });
    const [noted, plain] = session === null ? [] : tokensIn(session.plaintext);
    expect((await verified("noted", noted?.token ?? "")).anno).toEqual(["play_missing"]);
    expect((await verified("nasa", plain?.token ?? "")).anno).toBeUndefined();
    expect((await verified("noted", (await tokenFor("noted")).token)).anno).toEqual([]);
  });

  it("is signed by the next key from its first moment on, and by the old one until the moment before", async () => {
    const { admin } = lab.service().domain;
    const before = await tokenFor("dpop");
    const { key } = await admin.rotateTokenKey(actor, lab.project, { api: "dpop" });
    expect(decodeProtectedHeader((await tokenFor("dpop")).token).kid).toBe(decodeProtectedHeader(before.token).kid);
    lab.advance(361_000);
    expect(decodeProtectedHeader((await tokenFor("dpop")).token).kid).toBe(key.kid);
  });
});

it("a manifest says how values are joined for the agent, and that a token counts once, and nothing of keys", async () => {
  const context = await lab.service().domain.device.contexts.get(lab.project);
  const tokens = new Map(context?.wholeManifest().apis.map(({ api, token, proof }) => [api, { token, proof }]));
  expect(tokens.get("shapes")?.token).toEqual({
    header: "Approov-Token",
    prefix: "",
    bind: ["Authorization"],
    binding: "concatenated",
  });
  expect(tokens.get("once")?.token).toEqual({ header: "X-Token", prefix: "", bind: [], limitedUse: true });
  expect(tokens.get("dpop")).toEqual({ token: { header: "Authorization", prefix: "DPoP ", bind: [] }, proof: "dpop" });
});
