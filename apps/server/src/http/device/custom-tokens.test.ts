import { randomBytes } from "node:crypto";
import { encodeBase64url, parseSealedSession, type SealedSession } from "@countersign/protocol";
import { valuesKeyOf } from "@countersign/protocol/server";
import type { RawInstance } from "@countersign/virtual-device";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";

const actor = { id: "lab", name: "lab" };
const claims = { order: "4711", items: [{ sku: "ü", count: 2 }], nothing: null };
const customTokens = [{ api: "shop", claims: JSON.stringify(claims) }];
const noAsks = { tokens: [], secrets: [], clientAttestations: [] };
let lab: DeviceLab;
let instance: RawInstance;

beforeAll(async () => {
  lab = await openDeviceLab();
  const { admin } = lab.service().domain;
  const apis = {
    shop: { customClaims: true, claims: { tier: 3 } },
    plain: { claims: { custom: "the operator's" } },
  };
  for (const [id, token] of Object.entries(apis)) {
    const api = { host: `${id}.example`, channel: "system" as const, token: { header: "X-Token", ...token } };
    await admin.putApi(actor, lab.project, id, api, "create");
  }
  instance = lab.instanceOf(lab.pixel());
  await instance.enrol();
});
afterAll(() => lab.close());

async function sessionOf(each: RawInstance, asks: Parameters<RawInstance["session"]>[0]): Promise<SealedSession> {
  const { session } = await each.session(asks);
  const parsed = session === null ? null : parseSealedSession(session.plaintext);
  if (parsed?.ok !== true) throw new TypeError("no session");
  return parsed.value;
}

describe("a token with claims of the app's own", () => {
  it("carries them as they are in `custom`, apart from what the service says", async () => {
    const session = await sessionOf(instance, { asks: { ...noAsks, tokens: [{ api: "shop" }], customTokens } });
    const [custom] = session.customTokens ?? [];
    expect([custom?.api, custom?.header, session.tokens.length]).toEqual(["shop", "X-Token", 1]);
    const payload = decodeJwt(custom?.token ?? "");
    const plain = decodeJwt(session.tokens[0]?.token ?? "");
    expect(payload.custom).toEqual(claims);
    expect([payload.sub, payload.aud, payload.tier]).toEqual([plain.sub, "shop", 3]);
    expect(payload.jti).not.toBe(plain.jti);
    expect(Object.keys(payload).filter((name) => !Object.hasOwn(plain, name))).toEqual(["custom"]);
  });

  it("cannot speak in the service's name: what looks like a claim of ours stays within `custom`", async () => {
    const forged = { sub: "somebody", aud: "other", exp: 9_999_999_999, tier: 9 };
    const asked = [{ api: "shop", claims: JSON.stringify(forged) }];
    const session = await sessionOf(instance, { asks: { ...noAsks, customTokens: asked } });
    const payload = decodeJwt(session.customTokens?.[0]?.token ?? "");
    expect(payload.custom).toEqual(forged);
    expect([payload.aud, payload.tier]).toEqual(["shop", 3]);
    expect(payload.sub).not.toBe("somebody");
  });

  it("is made for APIs that take such claims alone, one for each", async () => {
    const asked = [
      ...customTokens,
      ...customTokens,
      ...["plain", "nasa", "unknown"].map((api) => ({ api, claims: "{}" })),
    ];
    const session = await sessionOf(instance, { asks: { ...noAsks, customTokens: asked.slice(1) } });
    expect(session.customTokens?.map(({ api }) => api)).toEqual(["shop"]);
  });

  it("is left out where it would be past the bound, so that the session can be read", async () => {
    const { admin } = lab.service().domain;
    const modulus = randomBytes(1024).map((byte, at) => (at === 0 || at === 1023 ? byte | 0x81 : byte));
    const key = JSON.stringify({ kty: "RSA", n: encodeBase64url(modulus), e: "AQAB", kid: "k".repeat(64) });
    const id = "h".repeat(48);
    const token = {
      header: "X-Token",
      alg: "RS256",
      arc: true,
      annotations: true,
      proof: "dpop",
      limitedUse: true,
      customClaims: true,
      claims: { long: "c".repeat(2030) },
    } as const;
    const api = { host: "heavy.example", channel: "system" as const, token: { ...token, encryption: { key } } };
    await admin.putApi(actor, lab.project, id, api, "create");
    const asked = ["d".repeat(1000), "d"].map((text) => [{ api: id, claims: JSON.stringify({ text }) }]);
    const lengths: (readonly number[])[] = [];
    for (const custom of asked) {
      const session = await sessionOf(instance, {
        asks: { ...noAsks, tokens: [{ api: id }], customTokens: custom },
      });
      lengths.push([session.tokens.length, session.customTokens?.length ?? 0]);
    }
    expect(lengths).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });

  it("is not in a session that was not asked for one", async () => {
    const session = await sessionOf(instance, { asks: noAsks });
    expect([Object.hasOwn(session, "customTokens"), Object.hasOwn(session, "valuesKeys")]).toEqual([false, false]);
  });

  it("refuses an API both of whose claims and apps' would be `custom`", async () => {
    const token = { header: "X-Token", customClaims: true, claims: { custom: 1 } };
    const put = lab
      .service()
      .domain.admin.putApi(actor, lab.project, "both", { host: "both.example", channel: "system", token }, "create");
    await expect(put).rejects.toMatchObject({ code: "invalid_input" });
  });
});

describe("the keys of app-instance values", () => {
  it("are of the seed's generations and the subject, the same in each session, and another's for each instance", async () => {
    const asks = { ...noAsks, valuesKeys: true };
    const context = await lab.service().domain.device.contexts.get(lab.project);
    const [one, two] = [await sessionOf(instance, { asks }), await sessionOf(instance, { asks })];
    expect(one.valuesKeys).toEqual(two.valuesKeys);
    expect(one.valuesKeys?.map(({ generation }) => generation)).toEqual(
      context?.seeds.map(({ generation }) => generation),
    );
    const other = lab.instanceOf(lab.pixel());
    await other.enrol();
    expect((await sessionOf(other, { asks })).valuesKeys).not.toEqual(one.valuesKeys);
    const prepared = await instance.prepareSession({ asks });
    const { instance: id } = JSON.parse(Buffer.from(prepared.statement).toString()) as { instance: string };
    const row = await lab.service().domain.device.store.instances.get(lab.project, id);
    const [seed] = context?.seeds ?? [];
    if (seed === undefined || context === null || row === null) return expect.unreachable();
    const subject = Buffer.from(row.subject, "base64url");
    const key = Buffer.from(valuesKeyOf(seed.seed.reveal(), context.projectId, subject)).toString("base64url");
    expect(one.valuesKeys?.[0]?.key).toBe(key);
  });
});

describe("a restricted session", () => {
  it("has neither, though it asks for both", async () => {
    const browser = lab.instanceOf(lab.browser());
    const prepared = await browser.prepareEnrolment({ asks: { ...noAsks, customTokens, valuesKeys: true } });
    const response = await fetch(`${lab.service().origin}${prepared.path}`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: "https://astropiks.example" },
      body: JSON.stringify(prepared.body),
    });
    const session = await lab.sessionIn(prepared, new Uint8Array(await response.arrayBuffer()));
    expect([session?.verdict, session?.customTokens, session?.valuesKeys]).toEqual(["restricted", [], undefined]);
  });
});
