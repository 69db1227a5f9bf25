import { developmentKeyId, parseDevelopmentKey } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import {
  createRawInstance,
  createVirtualBrowser,
  createVirtualSimulator,
  developmentEvidence,
  type Prepared,
  type RawAnswer,
  type RawInstance,
  type VirtualDevice,
} from "@countersign/virtual-device";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sealDevelopmentKey } from "../../domain/project/development-key.ts";
import { type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";

const actor = { id: "lab", name: "lab" };
const app = { id: "astropiks", version: "1.0", build: "7" };
const asks = { tokens: [{ api: "nasa" }], secrets: ["nasa-key"], clientAttestations: [] };
const day = 86_400_000;
let lab: DeviceLab;

beforeEach(async () => {
  lab = await openDeviceLab({ limits: { challengesPerMinute: 10_000, enrolmentsPerMinute: 10_000 } });
});
afterEach(() => lab.close());

type Platform = "ios" | "android" | "web";
const platforms: readonly Platform[] = ["ios", "android", "web"];

async function makeKey(
  input: { name?: string; quota?: number; perDay?: number; seconds?: number } = {},
): Promise<string> {
  const { name = "ci", quota = 100, perDay, seconds = 30 * 86_400 } = input;
  const made = { name, quota, expiresInSeconds: seconds, ...(perDay !== undefined && { perDay }) };
  return (await lab.service().domain.admin.createDevelopmentKey(actor, lab.project, made)).key;
}

function deviceOf(platform: Platform): VirtualDevice {
  const given = { app, project: lab.project };
  return platform === "web" ? createVirtualBrowser(given) : createVirtualSimulator({ ...given, platform });
}

function instanceWith(key: string, device = deviceOf("ios")): RawInstance {
  const { configuration, exchange } = lab;
  return createRawInstance({
    configuration,
    device,
    exchange,
    development: (statement) => developmentEvidence(key, statement),
  });
}

/** The first reason that stands behind a refusal. */
async function refusalOf(answer: RawAnswer): Promise<string | undefined> {
  expect(answer.outcome).toBe("refused");
  expect(answer.session).toBeNull();
  return (await lab.trace(answer.arc)).reasons[0];
}

describe.each(platforms)("a simulator of %s with a development key", (platform) => {
  it("is trusted, and stays so with its credential, without it, and after the service's restart", async () => {
    const instance = instanceWith(await makeKey(), deviceOf(platform));
    for (const answer of [await instance.enrol({ asks }), await instance.session({ asks })]) {
      expect(answer.session?.verdict).toBe("trusted");
      expect(answer.session?.secrets).toMatchObject([{ name: "nasa-key", mode: "delivered" }]);
    }
    const { body, ...rest } = await instance.prepareSession({ asks });
    const { credential: _, ...without } = body;
    expect((await lab.exchange.send({ ...rest, body: without })).session?.verdict).toBe("trusted");
    await lab.restart();
    const challenge = await lab.exchange.challenge(lab.project);
    expect((await instance.session({ asks, challenge })).session?.verdict).toBe("trusted");
  });

  it("has to prove every statement with its own key, and with nothing else", async () => {
    const key = await makeKey();
    const instance = instanceWith(key, deviceOf(platform));
    const signature = (prepared: Prepared): string => (prepared.body.proof as { signature: string }).signature;
    const send = (prepared: Prepared, proof: object) =>
      lab.exchange.send({ ...prepared, body: { ...prepared.body, proof } });
    const enrolment = await instance.prepareEnrolment();
    const other = await instance.prepareEnrolment();
    expect((await send(other, { signature: signature(enrolment) })).problem).toBe("proof_invalid");
    expect((await send(other, {})).problem).toBe("proof_invalid");
    expect((await send(other, { signature: signature(other), assertion: "AAAA" })).problem).toBe("proof_invalid");
    expect((await lab.service().domain.admin.listDevelopmentKeys(lab.project))[0]?.enrolled).toBe(0);
    await instance.enrol();
    const session = await instance.prepareSession();
    expect((await send(session, { assertion: "AAAA" })).problem).toBe("proof_invalid");
    expect((await send(session, { signature: signature(session), assertion: "AAAA" })).problem).toBe("proof_invalid");
  });
});

describe("the evidence of a development key", () => {
  it("is refused where the key is not known, or not what made it", async () => {
    const key = await makeKey();
    const stranger = `csd_${Buffer.alloc(32, 7).toString("base64url")}`;
    expect(await refusalOf(await instanceWith(stranger).enrol())).toBe("development_key_unknown");
    const { configuration, exchange } = lab;
    const development = (statement: Uint8Array) => ({
      ...developmentEvidence(key, statement),
      mac: developmentEvidence(stranger, statement).mac,
    });
    const forger = createRawInstance({ configuration, device: deviceOf("android"), exchange, development });
    expect(await refusalOf(await forger.enrol())).toBe("development_key_invalid");
    expect((await lab.service().domain.admin.listDevelopmentKeys(lab.project))[0]?.enrolled).toBe(0);
  });

  it("stands alone: beside a platform's evidence it is malformed", async () => {
    const key = await makeKey();
    const pixel = lab.instanceOf(lab.pixel());
    const prepared = await pixel.prepareEnrolment();
    const evidence = [...(prepared.body.evidence as object[]), developmentEvidence(key, prepared.statement)];
    expect((await lab.exchange.send({ ...prepared, body: { ...prepared.body, evidence } })).problem).toBe("malformed");
  });

  it("names the instance key, whatever the statement calls itself", async () => {
    const key = await makeKey();
    const device = deviceOf("ios");
    const instance = instanceWith(key, device);
    const prepared = await instance.prepareEnrolment();
    const altered = lab.altered(device, instance, prepared, (statement) => {
      statement.instance = Buffer.alloc(16, 1).toString("base64url");
    });
    const evidence = [developmentEvidence(key, altered.statement)];
    expect((await lab.exchange.send({ ...altered, body: { ...altered.body, evidence } })).problem).toBe("malformed");
  });

  it("is shown to operators by the key's name, in the trace and in the record", async () => {
    const instance = instanceWith(await makeKey({ name: "nightly" }));
    const { arc } = await instance.enrol();
    const trace = await lab.trace(arc);
    expect(trace.checks.find(({ name }) => name === "development_key")).toMatchObject({
      result: "pass",
      found: "nightly, good",
    });
    const shown = await lab.service().domain.admin.showInstance(lab.project, trace.instance);
    expect(shown.developmentKey).toBe("nightly");
    expect(Object.keys(shown.facts).toSorted()).toEqual(["development", "platform"]);
  });
});

describe("the life of a development key", () => {
  it("ends with its revocation, at the next statement of what it enrolled", async () => {
    const key = await makeKey();
    const instance = instanceWith(key);
    await instance.enrol();
    expect((await instance.session()).outcome).toBe("session");
    await lab.service().domain.admin.revokeDevelopmentKey(actor, lab.project, "ci");
    expect(await refusalOf(await instance.session({ asks }))).toBe("development_key_revoked");
    expect(await refusalOf(await instanceWith(key).enrol())).toBe("development_key_revoked");
  });

  it("ends with its time, at the next statement of what it enrolled", async () => {
    const key = await makeKey({ seconds: 3600 });
    const instance = instanceWith(key);
    await instance.enrol();
    lab.advance(3_599_000 - 60_000);
    expect((await instance.session({ challenge: await lab.exchange.challenge(lab.project) })).outcome).toBe("session");
    lab.advance(61_000);
    const challenge = await lab.exchange.challenge(lab.project);
    expect(await refusalOf(await instance.session({ challenge }))).toBe("development_key_expired");
    expect(await refusalOf(await instanceWith(key).enrol())).toBe("development_key_expired");
  });

  it("buys as many enrolments as it may, however many come at once, and after a restart none more", async () => {
    const key = await makeKey({ quota: 3 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => instanceWith(key).enrol()));
    expect(answers.filter(({ outcome }) => outcome === "session")).toHaveLength(3);
    await lab.restart();
    expect(await refusalOf(await instanceWith(key).enrol())).toBe("development_key_exhausted");
    expect((await lab.service().domain.admin.listDevelopmentKeys(lab.project))[0]?.enrolled).toBe(3);
  });

  it("is not charged again for an instance that it enrolled already: an answer that was lost costs nothing", async () => {
    const key = await makeKey({ quota: 1 });
    const device = deviceOf("ios");
    const made = device.keys.enrol(new Uint8Array(32));
    const { configuration, exchange } = lab;
    const development = (statement: Uint8Array) => developmentEvidence(key, statement);
    const instance = createRawInstance({ configuration, device, exchange, makeKey: () => made, development });
    expect((await instance.enrol()).outcome).toBe("session");
    expect((await instance.enrol()).outcome).toBe("session");
    expect((await lab.service().domain.admin.listDevelopmentKeys(lab.project))[0]?.enrolled).toBe(1);
    expect(await refusalOf(await instanceWith(key).enrol())).toBe("development_key_exhausted");
    await lab.service().domain.admin.revokeDevelopmentKey(actor, lab.project, "ci");
    expect(await refusalOf(await instance.enrol())).toBe("development_key_revoked");
  });

  it("buys no more within a day than it may, and goes on the day after; what is enrolled is not held up", async () => {
    const key = await makeKey({ quota: 10, perDay: 2 });
    const first = instanceWith(key);
    expect((await first.enrol()).outcome).toBe("session");
    expect((await instanceWith(key).enrol()).outcome).toBe("session");
    expect(await refusalOf(await instanceWith(key).enrol())).toBe("development_key_exhausted");
    expect((await first.session()).outcome).toBe("session");
    lab.advance(day + 1000);
    await lab.service().domain.device.standing.reconcile();
    expect((await instanceWith(key).enrol()).outcome).toBe("session");
    expect((await lab.service().domain.admin.listDevelopmentKeys(lab.project))[0]?.enrolled).toBe(3);
  });
});

describe("a development key in the wrong hands", () => {
  it("is in no log line and in no row as it is", async () => {
    const key = await makeKey();
    await instanceWith(key).enrol();
    const { store } = lab.service().domain.device;
    const rows = JSON.stringify([await store.developmentKeys.list(lab.project), await store.audit.list(null, 100)]);
    const secret = Buffer.from(key.slice(4), "base64url");
    for (const form of [key.slice(4), secret.toString("hex"), secret.toString("base64")]) {
      expect(rows).not.toContain(form);
      expect(lab.lines.join("\n")).not.toContain(form);
    }
    expect(rows).not.toContain(Buffer.from(sha256(secret)).toString("hex"));
  });

  it("does not open under another key's name: a row cannot be moved", async () => {
    const [one, two] = [await makeKey({ name: "one" }), await makeKey({ name: "two" })];
    const { store, vault } = lab.service().domain.device;
    const [first, second] = await store.developmentKeys.list(lab.project);
    if (first === undefined || second === undefined) throw new TypeError("two keys were made");
    expect(() => vault.open(first.secret, ["development-key", lab.project, second.id])).toThrow();
    expect(one).not.toBe(two);
  });
});

describe("a production project", () => {
  it("honours no development key, even one that stands in its rows", async () => {
    await lab.close();
    lab = await openDeviceLab({ kind: "production" });
    const { admin, device } = lab.service().domain;
    const refused = admin.createDevelopmentKey(actor, lab.project, { name: "ci", quota: 1, expiresInSeconds: 3600 });
    await expect(refused).rejects.toMatchObject({ code: "development_only" });
    const key = `csd_${Buffer.alloc(32, 9).toString("base64url")}`;
    const secret = parseDevelopmentKey(key);
    if (!secret.ok) throw new TypeError(secret.detail);
    const id = developmentKeyId(sha256, secret.value);
    await device.store.developmentKeys.add({
      project: lab.project,
      id,
      name: "planted",
      secret: sealDevelopmentKey(device.vault, { project: lab.project, id }, secret.value),
      quota: 10,
      perDay: 10,
      enrolled: 0,
      createdAtMs: lab.nowMs(),
      expiresAtMs: lab.nowMs() + day,
      revokedAtMs: null,
    });
    await lab.restart();
    for (const platform of platforms) {
      const answer = await instanceWith(key, deviceOf(platform)).enrol({ asks });
      expect(await refusalOf(answer)).toBe("development_key_not_allowed");
    }
  });
});

describe("a project with decoys", () => {
  beforeEach(async () => {
    const { admin } = lab.service().domain;
    await admin.removeSecret(actor, lab.project, "nasa-key");
    await admin.removeApi(actor, lab.project, "nasa");
    await lab.change({ decoy: true });
  });

  it("answers instances of a revoked key with a decoy, which goes on as a session of a simulator does", async () => {
    const key = await makeKey();
    await lab.service().domain.admin.revokeDevelopmentKey(actor, lab.project, "ci");
    const instance = instanceWith(key);
    const { arc, outcome } = await instance.enrol();
    expect(outcome).toBe("session");
    expect(await lab.trace(arc)).toMatchObject({ reasons: ["development_key_revoked"], decoy: true });
    expect((await instance.session()).session?.verdict).toBe("trusted");
  });

  it("tells those whose key has run out, who are honest", async () => {
    const key = await makeKey({ quota: 1, seconds: 3600 });
    const first = instanceWith(key);
    await first.enrol();
    expect(await refusalOf(await instanceWith(key).enrol())).toBe("development_key_exhausted");
    lab.advance(3_600_000);
    await lab.service().domain.device.standing.reconcile();
    const challenge = await lab.exchange.challenge(lab.project);
    expect(await refusalOf(await first.session({ challenge }))).toBe("development_key_expired");
  });
});
