import { thumbprintOf, toJwk } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import type { RawInstance, VirtualDevice } from "@countersign/virtual-device";
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";

const actor = { id: "lab", name: "lab" };
let lab: DeviceLab;
let attester: string;

beforeAll(async () => {
  lab = await openDeviceLab();
  attester = `${lab.service().origin}/p/${lab.project}/development/attester`;
  const { admin } = lab.service().domain;
  await admin.putApp(actor, lab.project, "other", { web: { origins: ["https://other.example"] } }, "create");
  await admin.putOauthClient(actor, lab.project, { clientId: "mobile" });
  await admin.putOauthClient(actor, lab.project, { clientId: "https://client.example/a?b", apps: ["astropiks"] });
  await admin.putOauthClient(actor, lab.project, { clientId: "others", apps: ["other"] });
  for (const proof of ["dpop", "httpsig"] as const) {
    const token = { header: "x-token", proof };
    await admin.putApi(actor, lab.project, proof, { host: `${proof}.example`, channel: "system", token }, "create");
  }
});
afterAll(() => lab.close());

async function attested(device: VirtualDevice, clientIds: readonly string[]) {
  const instance: RawInstance = lab.instanceOf(device);
  await instance.enrol();
  const clientAttestations = clientIds.map((clientId) => ({ clientId }));
  const tokens = [{ api: "dpop" }, { api: "httpsig" }];
  const prepared = await instance.prepareSession({ asks: { tokens, secrets: [], clientAttestations } });
  const { body } = await lab.send("POST", prepared.path, prepared.body);
  const session = await lab.sessionIn(prepared, body);
  if (session === null) throw new Error("no session");
  return { session, key: instance.key() };
}

describe("a client attestation", () => {
  it.each([
    ["an iPhone", () => lab.iphone()],
    ["a Pixel", () => lab.pixel()],
  ])("names the client and the instance key of %s, for 300 s, under the attester's key set", async (_name, make) => {
    const { session, key } = await attested(make(), ["mobile", "https://client.example/a?b"]);
    expect(session.clientAttestations.map(({ clientId }) => clientId)).toEqual([
      "mobile",
      "https://client.example/a?b",
    ]);
    const { json } = await lab.send("GET", `${new URL(attester).pathname}/.well-known/jwks.json`, null);
    const keys = createLocalJWKSet(json as JSONWebKeySet);
    for (const { clientId, jwt } of session.clientAttestations) {
      const options = {
        issuer: attester,
        subject: clientId,
        algorithms: ["ES256"],
        typ: "oauth-client-attestation+jwt",
        currentDate: new Date(lab.nowMs()),
      };
      const { payload } = await jwtVerify(jwt, keys, options);
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
      expect(payload.cnf).toEqual({ jwk: toJwk(key.instanceKey) });
      expect(Object.keys(payload).toSorted()).toEqual(["cnf", "exp", "iat", "iss", "sub"]);
    }
  });

  it("is made once for each client that is registered for this app, in the order of asking", async () => {
    const asked = ["https://client.example/a?b", "nobody", "mobile", "others", "mobile"];
    const { session } = await attested(lab.pixel(), asked);
    expect(session.clientAttestations.map(({ clientId }) => clientId)).toEqual([
      "https://client.example/a?b",
      "mobile",
    ]);
  });

  it("is not made for who asks for none", async () => {
    expect((await attested(lab.pixel(), [])).session.clientAttestations).toEqual([]);
  });
});

describe("a token of an API that demands a proof", () => {
  it.each([
    ["an iPhone", () => lab.iphone()],
    ["a Pixel", () => lab.pixel()],
  ])("names the instance key of %s, not the key that attested it", async (_name, make) => {
    const { session, key } = await attested(make(), []);
    const claims = new Map(session.tokens.map(({ api, token }) => [api, decodeJwt(token)]));
    expect(claims.get("dpop")?.cnf).toEqual({ jkt: thumbprintOf(sha256, key.instanceKey) });
    expect(claims.get("httpsig")?.cnf).toEqual({ jwk: toJwk(key.instanceKey) });
  });
});
