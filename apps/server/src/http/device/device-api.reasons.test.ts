import { connect } from "node:net";
import { formatSignature, signatureBase } from "@countersign/protocol";
import { hmacSha256 } from "@countersign/protocol/server";
import { createRawInstance, type Prepared, type RawInstance, type VirtualDevice } from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enrolInstance } from "../../domain/device/enrol-instance.ts";
import { LedgerFullError } from "../../ephemeral/memory-ledger.ts";
import { problemOf } from "../problem.ts";
import { appId, type DeviceLab, openDeviceLab, packageName, signingDigest } from "./device-lab.suite.ts";

const actor = { id: "lab", name: "lab" };
const generous = { challengesPerMinute: 10_000, enrolmentsPerMinute: 10_000 };
const secondAppId = "ABCDE12345.com.example.second";
const dayMs = 86_400_000;

describe("the device API, one check at a time", () => {
  let lab: DeviceLab;
  beforeAll(async () => {
    lab = await openDeviceLab({ limits: generous });
    const other = {
      ios: { appIds: [appId] },
      android: { packageName, signingDigests: [signingDigest] },
      web: { origins: ["https://other.example"] },
    };
    await lab.service().domain.admin.putApp(actor, lab.project, "other", other, "create");
  });
  afterAll(() => lab.close());

  async function codeOf({ path, body }: Pick<Prepared, "path" | "body">): Promise<string | null> {
    const { json } = await lab.send("POST", path, body);
    return (json as { code?: string }).code ?? null;
  }

  async function enrolled(device: VirtualDevice): Promise<{ device: VirtualDevice; instance: RawInstance }> {
    const instance = lab.instanceOf(device);
    expect((await instance.enrol()).outcome).toBe("session");
    return { device, instance };
  }

  async function alteredSession(change: (statement: Record<string, unknown>) => void): Promise<Prepared> {
    const { device, instance } = await enrolled(lab.pixel());
    return lab.altered(device, instance, await instance.prepareSession(), change);
  }

  it("malformed: a statement that lacks a member, and one for another call", async () => {
    const changes: readonly ((statement: Record<string, unknown>) => void)[] = [
      (statement) => delete statement.signals,
      (statement) => {
        statement.use = "enrol";
      },
    ];
    for (const change of changes) expect(await codeOf(await alteredSession(change))).toBe("malformed");
  });

  it("malformed: a session key that is no key, before anything is spent", async () => {
    const keyless = await alteredSession((statement) => {
      statement.sessionKey = "A".repeat(43);
    });
    expect([await codeOf(keyless), await codeOf(keyless)]).toEqual(["malformed", "malformed"]);
  });

  it("malformed: evidence of another platform, and an iPhone without evidence", async () => {
    const pixel = lab.pixel();
    const instance = lab.instanceOf(pixel);
    const web = lab.altered(pixel, instance, await instance.prepareEnrolment(), (statement) => {
      statement.platform = "web";
    });
    expect(await codeOf(web)).toBe("malformed");
    const bare = await lab.instanceOf(lab.iphone()).prepareEnrolment();
    expect(await codeOf({ ...bare, body: { ...bare.body, evidence: [] } })).toBe("malformed");
    expect(await codeOf(bare)).toBeNull();
  });

  it("too_large: judged by the length that is announced, before a byte of the body has come", async () => {
    const { hostname, port } = new URL(lab.service().origin);
    const socket = connect(Number(port), hostname);
    socket.write(
      "POST /v1/challenges HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n",
    );
    socket.end();
    const parts: Buffer[] = [];
    for await (const part of socket as AsyncIterable<Buffer>) parts.push(part);
    expect(Buffer.concat(parts).toString()).toMatch(/^HTTP\/1\.1 413 /);
  });

  it("unsupported_media_type: no body and no type", async () => {
    const answer = await fetch(`${lab.service().origin}/v1/challenges`, { method: "POST" });
    expect(await answer.json()).toMatchObject({ code: "unsupported_media_type" });
  });

  it("unavailable: more requests at once than the node works on, and a ledger that is full", async () => {
    const busy = await openDeviceLab({ limits: { ...generous, concurrentRequests: 0 } });
    try {
      const { json } = await busy.send("POST", "/v1/challenges", { v: 1, project: busy.project });
      expect(json).toMatchObject({ code: "unavailable", retryAfterSeconds: 1 });
    } finally {
      await busy.close();
    }
    expect(problemOf(new LedgerFullError())).toBe("unavailable");
  });

  it("challenge_invalid: text that is no challenge, and a challenge whose work was not done", async () => {
    const broken = await alteredSession((statement) => {
      statement.challenge = "A".repeat(80);
    });
    expect(await codeOf(broken)).toBe("challenge_invalid");

    const strict = await openDeviceLab({ limits: { ...generous, challengesPerMinute: 0, workBits: 4 } });
    try {
      const idle = await strict.instanceOf(strict.pixel()).prepareEnrolment();
      const { json } = await strict.send("POST", idle.path, idle.body);
      expect(json).toMatchObject({ code: "challenge_invalid" });
    } finally {
      await strict.close();
    }
  });

  it("challenge_invalid: evidence over a challenge that the service did not make", async () => {
    const good = await lab.instanceOf(lab.pixel()).prepareEnrolment();
    const evidence = (good.body.evidence as readonly { challenge: string }[]).map((item) => {
      const challenge = Buffer.from(item.challenge, "base64url");
      challenge.writeUInt8(challenge.readUInt8(40) ^ 1, 40);
      return { ...item, challenge: challenge.toString("base64url") };
    });
    expect(await codeOf({ ...good, body: { ...good.body, evidence } })).toBe("challenge_invalid");
    expect(await codeOf(good)).toBeNull();
  });

  it("challenge_expired: a challenge from the service's future, and evidence over one that is too old", async () => {
    const device = lab.pixel();
    const made = await device.keys.enrol(await lab.exchange.challenge(lab.project));
    const { instance } = await enrolled(lab.pixel());
    const future = await instance.prepareSession({ challenge: await lab.exchange.challenge(lab.project) });
    lab.advance(-60_000);
    expect(await codeOf(future)).toBe("challenge_expired");
    lab.advance(60_000 + 3_700_000);
    const late = createRawInstance({
      configuration: lab.configuration,
      device,
      exchange: lab.exchange,
      makeKey: async () => made,
    });
    expect(await codeOf(await late.prepareEnrolment())).toBe("challenge_expired");
  });

  it("challenge_spent: an open challenge, used by another instance", async () => {
    const challenge = await lab.exchange.challenge(lab.project);
    const [first, second] = [lab.instanceOf(lab.pixel()), lab.instanceOf(lab.pixel())];
    await second.enrol();
    expect((await first.enrol({ challenge })).outcome).toBe("session");
    expect(await codeOf(await second.prepareSession({ challenge }))).toBe("challenge_spent");
  });

  it("proof_invalid: a session without credential that names a key the record does not know", async () => {
    const { device, instance } = await enrolled(lab.pixel());
    const { instance: other } = await enrolled(lab.pixel());
    const { instanceKey } = JSON.parse(Buffer.from((await other.prepareSession()).statement).toString()) as {
      instanceKey: string;
    };
    const altered = lab.altered(device, instance, await instance.prepareSession(), (statement) => {
      statement.instanceKey = instanceKey;
    });
    const { credential: _credential, ...body } = altered.body as Record<string, unknown>;
    expect(await codeOf({ ...altered, body })).toBe("proof_invalid");
  });

  it("proof_invalid: an assertion over the same statement by another genuine key", async () => {
    const { instance } = await enrolled(lab.iphone());
    const { device: otherDevice, instance: other } = await enrolled(lab.iphone());
    const good = await instance.prepareSession();
    const { assertion } = otherDevice.evil.prove(other.key().alias, "session", good.statement);
    const proof = { assertion: Buffer.from(assertion ?? []).toString("base64url") };
    expect(await codeOf({ ...good, body: { ...good.body, proof } })).toBe("proof_invalid");
    expect(await codeOf(good)).toBeNull();
  });

  it("credential_invalid: as what one was before, a credential of another app", async () => {
    const { device: otherDevice, instance: other } = await enrolled(
      lab.pixel({ app: { id: "other", version: "1.0", build: "7" } }),
    );
    const prepared = await lab.instanceOf(lab.pixel()).prepareEnrolment();
    const signature = await otherDevice.keys.provePrevious(other.key().alias, prepared.statement);
    const previous = { credential: other.credential(), signature: Buffer.from(signature).toString("base64url") };
    expect(await codeOf({ ...prepared, body: { ...prepared.body, previous } })).toBe("credential_invalid");
  });

  it("slow_down: more enrolments of one attestation batch than its budget", async () => {
    const slow = await openDeviceLab({ limits: { ...generous, enrolmentsPerBatchPerHour: 1 } });
    try {
      const device = slow.pixel();
      expect((await slow.instanceOf(device).enrol()).outcome).toBe("session");
      const second = await slow.instanceOf(device).prepareEnrolment();
      const { json } = await slow.send("POST", second.path, second.body);
      expect(json).toMatchObject({ code: "slow_down", retryAfterSeconds: 60 });
    } finally {
      await slow.close();
    }
  });

  it("unknown_project: to watch a project that is not here", async () => {
    const answer = await fetch(`${lab.service().origin}/v1/watch?project=${"A".repeat(22)}`);
    expect(await answer.json()).toMatchObject({ code: "unknown_project" });
  });

  it("signature_invalid: to watch with a MAC that names another session than the pass", async () => {
    const { instance } = await enrolled(lab.pixel());
    const prepared = await instance.prepareSession();
    const session = await lab.sessionIn(prepared, (await lab.send("POST", prepared.path, prepared.body)).body);
    if (session === null) throw new TypeError("no session");
    const { pass, proofKey } = session;
    const url = `${lab.service().origin}/v1/watch?project=${lab.project}`;
    const created = Math.floor(lab.nowMs() / 1000);
    const signed = signatureBase(
      { method: "GET", targetUri: url, contentDigest: null, header: { name: "countersign-pass", value: pass } },
      { created, expires: created + 60, nonce: "nonce", keyid: "A".repeat(22) },
    );
    if (!signed.ok) throw new TypeError(signed.detail);
    const mac = hmacSha256(Buffer.from(proofKey, "base64url"), signed.value.base);
    const headers = {
      "countersign-pass": pass,
      "signature-input": signed.value.signatureInput,
      signature: formatSignature(mac),
    };
    const answer = await fetch(url, { headers });
    const { code } = answer.status === 200 ? { code: null } : ((await answer.json()) as { code: string });
    if (answer.status === 200) await answer.body?.cancel();
    expect(code).toBe("signature_invalid");
  });

  it("app_id_mismatch: an enrolled key that comes back as another app, though that app may have it", async () => {
    const device = lab.pixel();
    const instance = lab.steadyInstanceOf(device);
    expect((await instance.enrol()).outcome).toBe("session");
    const again = lab.altered(device, instance, await instance.prepareEnrolment(), (statement) => {
      (statement.app as { id: string }).id = "other";
    });
    const { arc } = await lab.exchange.send(again);
    expect((await lab.trace(arc)).reasons[0]).toBe("app_id_mismatch");
  });

  it("app_id_mismatch: an attestation that names another registered App ID than the assertion beside it", async () => {
    const { admin, device: deps } = lab.service().domain;
    const { android, web } = await admin.showApp(lab.project, "astropiks");
    await admin.putApp(
      actor,
      lab.project,
      "astropiks",
      { ios: { appIds: [appId, secondAppId] }, android, web },
      "replace",
    );
    const prepared = await lab.instanceOf(lab.iphone()).prepareEnrolment();
    const facts = {
      platform: "ios",
      appId: secondAppId,
      environment: "production",
      osVersion: null,
      bundleVersion: null,
      validationCategory: null,
    } as const;
    const evidence = {
      verify: async () =>
        ({ ok: true, checks: [], evidence: { facts, serials: [], batch: "", receipt: null } }) as const,
      close: async () => {},
    };
    const body = Buffer.from(JSON.stringify(prepared.body));
    const told: (readonly string[])[] = [];
    const outbox = {
      ...deps.outbox,
      traceNow: async ({ reasons }: { readonly reasons: readonly string[] }) => void told.push(reasons),
    };
    await enrolInstance({ ...deps, evidence, outbox }, { body, network: "lab", address: null, origin: null });
    expect(told).toEqual([["app_id_mismatch"]]);
  });

  it("credential_invalid: a credential that has ended", async () => {
    const { instance } = await enrolled(lab.pixel());
    lab.advance(400 * dayMs);
    const challenge = await lab.exchange.challenge(lab.project);
    expect(await codeOf(await instance.prepareSession({ challenge }))).toBe("credential_invalid");
  });
});
