import {
  decodeBase64url,
  encodeBase64url,
  instanceId,
  keyListInput,
  manifestInput,
  parseAnswerBody,
  parseConfigurationString,
  parseKeyList,
  parseManifest,
  parseSealedSession,
  parseSignedAnswer,
  responseInput,
  type SealedSession,
  statementHash,
} from "@countersign/protocol";
import { sha256, verifyEs256 } from "@countersign/protocol/server";
import type { Prepared, RawInstance, VirtualDevice } from "@countersign/virtual-device";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeviceLab, openDeviceLab, packageName, secretValue } from "./device-lab.suite.ts";

const everything = { tokens: [{ api: "nasa" }], secrets: ["nasa-key"], clientAttestations: [] };

describe("a genuine device", () => {
  let lab: DeviceLab;
  beforeAll(async () => {
    lab = await openDeviceLab();
  });
  afterAll(() => lab.close());

  const devices: readonly (readonly [string, () => VirtualDevice])[] = [
    ["iPhone, iOS 18", () => lab.iphone({ ios: "18" })],
    ["iPhone, iOS 27", () => lab.iphone({ ios: "27" })],
    ["Pixel, TEE, factory", () => lab.pixel({ security: "tee", provisioning: "factory" })],
    ["Pixel, StrongBox, factory", () => lab.pixel({ security: "strongbox", provisioning: "factory" })],
    ["Pixel, TEE, remote", () => lab.pixel({ security: "tee", provisioning: "remote" })],
    ["Pixel, StrongBox, remote", () => lab.pixel({ security: "strongbox", provisioning: "remote" })],
  ];

  it.each(devices)("%s is trusted at enrolment and at each refresh", async (_name, make) => {
    const instance = lab.instanceOf(make());
    const enrolled = await instance.enrol({ asks: everything });
    expect([enrolled.problem, enrolled.session?.verdict]).toEqual([null, "trusted"]);
    for (let round = 0; round < 3; round += 1) {
      const refreshed = await instance.session({ asks: everything });
      expect([refreshed.problem, refreshed.session?.verdict]).toEqual([null, "trusted"]);
    }
    const { checks } = await lab.trace(enrolled.arc);
    expect(checks.filter((check) => check.result === "fail")).toEqual([]);
  });

  it("gets the secret and the token it asked for, sealed to its session key and to nothing else", async () => {
    const instance = lab.instanceOf(lab.pixel());
    await instance.enrol();
    const prepared = await instance.prepareSession({ asks: everything });
    const { body } = await lab.send("POST", prepared.path, prepared.body);
    expect(Buffer.from(body).includes(secretValue)).toBe(false);
    const session = await lab.sessionIn(prepared, body);
    expect(session?.secrets).toEqual([{ name: "nasa-key", version: 1, mode: "delivered", value: secretValue }]);
    expect(session?.tokens.map(({ api, header, prefix }) => ({ api, header, prefix }))).toEqual([
      { api: "nasa", header: "authorization", prefix: "Bearer " },
    ]);
  });

  it("gets a token that verifies under the published keys, for one API, not past the session", async () => {
    const instance = lab.instanceOf(lab.iphone());
    await instance.enrol();
    const { tokens, expiresInSeconds } = await sessionOf(instance);
    const issuer = `${lab.service().origin}/p/${lab.project}/development`;
    const { json } = await lab.send("GET", `${new URL(issuer).pathname}/.well-known/jwks.json`, null);
    const keys = createLocalJWKSet(json as JSONWebKeySet);
    const options = { issuer, audience: "nasa", algorithms: ["ES256"], currentDate: new Date(lab.nowMs()) };
    const { payload } = await jwtVerify(tokens[0]?.token ?? "", keys, options);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(Math.min(120, expiresInSeconds));
    expect(payload.sub).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(payload.sub).not.toBe(Buffer.from(idOf(instance)).toString("base64url"));
  });

  it("gets answers that verify up to the roots in its configuration string", async () => {
    const instance = lab.instanceOf(lab.pixel());
    const prepared = await instance.prepareEnrolment();
    const { body } = await lab.send("POST", prepared.path, prepared.body);
    const answer = unwrapped(parseSignedAnswer(body));
    const configuration = unwrapped(parseConfigurationString(lab.configuration));
    if (answer.keys === null || answer.manifest === null) throw new TypeError("a first answer brings both");
    expect(sha256(answer.keys.point)).toEqual(configuration.root);
    expect(verifyEs256(answer.keys.point, keyListInput(answer.keys.signed), answer.keys.signature)).toBe(true);
    const list = unwrapped(parseKeyList(answer.keys.signed, sha256));
    const pointOf = (kid: string) =>
      decodeBase64url(list.keys.find((key) => key.kid === kid)?.point ?? "", 65) ?? new Uint8Array();
    const hash = statementHash(sha256, prepared.statement);
    expect(verifyEs256(pointOf(answer.kid), responseInput(hash, answer.signed), answer.signature)).toBe(true);
    expect(
      verifyEs256(pointOf(answer.manifest.kid), manifestInput(answer.manifest.signed), answer.manifest.signature),
    ).toBe(true);
    const manifest = unwrapped(parseManifest(answer.manifest.signed));
    const named = unwrapped(parseAnswerBody(answer.signed));
    expect([named.keys, named.manifest]).toEqual([list.version, { epoch: manifest.epoch, version: manifest.version }]);
    expect(manifest.secrets.map((secret) => secret.name)).toEqual(["nasa-key"]);
  });

  it("is sent key list and manifest while it does not hold the current ones, and not again after", async () => {
    const device = lab.pixel();
    const instance = lab.instanceOf(device);
    await instance.enrol();
    const first = await lab.send(
      "POST",
      ...sent(await instance.prepareSession({ challenge: await lab.exchange.challenge(lab.project) })),
    );
    const answer = unwrapped(parseSignedAnswer(first.body));
    const body = unwrapped(parseAnswerBody(answer.signed));
    expect([answer.keys === null, answer.manifest === null]).toEqual([false, false]);
    const prepared = await instance.prepareSession({ challenge: await lab.exchange.challenge(lab.project) });
    const holding = lab.altered(device, instance, prepared, (statement) => {
      statement.holds = { keys: body.keys, manifestEpoch: body.manifest.epoch, manifest: body.manifest.version };
    });
    const second = unwrapped(parseSignedAnswer((await lab.send("POST", ...sent(holding))).body));
    expect([second.keys, second.manifest]).toEqual([null, null]);
    await lab.change({ watchSpreadSeconds: 1 });
    const third = lab.altered(
      device,
      instance,
      await instance.prepareSession({ challenge: await lab.exchange.challenge(lab.project) }),
      (statement) => {
        statement.holds = { keys: body.keys, manifestEpoch: body.manifest.epoch, manifest: body.manifest.version };
      },
    );
    const changed = unwrapped(parseSignedAnswer((await lab.send("POST", ...sent(third))).body));
    expect([changed.keys, changed.manifest === null]).toEqual([null, false]);
  });

  it("in a browser is restricted, and gets neither token nor secret", async () => {
    const device = lab.browser();
    const instance = lab.instanceOf(device);
    const prepared = await instance.prepareEnrolment({ asks: everything });
    const session = await lab.sessionIn(prepared, await postFrom("https://astropiks.example", prepared));
    expect([session?.verdict, session?.tokens, session?.secrets]).toEqual(["restricted", [], []]);
    const foreign = await instance.prepareEnrolment({ asks: everything });
    const refused = unwrapped(
      parseAnswerBody(unwrapped(parseSignedAnswer(await postFrom("https://evil.example", foreign))).signed),
    );
    expect(refused.outcome).toBe("refused");
  });

  it("is served on where its facts do not fit into a credential: they are asked of the record, and judged as they are", async () => {
    const { admin, device } = lab.service().domain;
    const actor = { id: "lab", name: "lab" };
    const digests = Array.from({ length: 16 }, (_, i) => i.toString(16).repeat(64));
    const instance = lab.instanceOf(lab.pixel());
    await instance.enrol();
    const { ios, android, web } = await admin.showApp(lab.project, "astropiks");
    const withDigests = (signingDigests: readonly string[]) =>
      admin.putApp(
        actor,
        lab.project,
        "astropiks",
        { ios, android: { packageName, signingDigests: [...signingDigests] }, web },
        "replace",
      );
    await withDigests(digests);
    const row = await device.store.instances.get(lab.project, encodeBase64url(idOf(instance)));
    if (row?.facts.platform !== "android") throw new TypeError("no row of a Pixel");
    await device.store.instances.put({ ...row, facts: { ...row.facts, signingDigests: digests } });
    await lab.change({ credentialsNotBeforeMs: lab.nowMs() + 60_000 });
    expect((await instance.session()).session?.verdict).toBe("trusted");
    await lab.change({ credentialsNotBeforeMs: 0 });
    const refreshed = await instance.session();
    expect(refreshed.session?.verdict).toBe("trusted");
    expect(
      (await lab.trace(refreshed.arc)).checks.find(({ name }) => name === "android_signing_digest")?.found,
    ).toContain(digests[15]);
    await withDigests(digests.slice(1));
    expect((await lab.trace((await instance.session()).arc)).reasons).toEqual(["signing_digest_mismatch"]);
    await withDigests(android?.signingDigests ?? []);
  });

  function idOf(instance: RawInstance): Uint8Array {
    const { projectId } = unwrapped(parseConfigurationString(lab.configuration));
    return instanceId(sha256, projectId, instance.key().attestedKey);
  }

  async function sessionOf(instance: RawInstance): Promise<SealedSession> {
    const answer = await instance.session({ asks: everything });
    if (answer.session === null) throw new TypeError(`no session: ${answer.problem ?? answer.outcome}`);
    return unwrapped(parseSealedSession(answer.session.plaintext));
  }

  async function postFrom(origin: string, { path, body }: Prepared): Promise<Uint8Array> {
    const headers = { "content-type": "application/json", origin };
    const response = await fetch(lab.service().origin + path, { method: "POST", headers, body: JSON.stringify(body) });
    return new Uint8Array(await response.arrayBuffer());
  }
});

function unwrapped<T>(
  parsed: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string },
): T {
  if (!parsed.ok) throw new TypeError(parsed.detail);
  return parsed.value;
}

function sent(prepared: Prepared): readonly [string, unknown] {
  return [prepared.path, prepared.body];
}
