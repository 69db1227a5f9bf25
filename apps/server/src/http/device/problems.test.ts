import { type ProblemCode, problems } from "@countersign/protocol";
import { createRawInstance, type Prepared, type RawInstance, type RawResponse } from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";

const generous = { challengesPerMinute: 10_000, enrolmentsPerMinute: 10_000, recordLookupsPerMinute: 10_000 };

describe("problems of the device API", () => {
  let lab: DeviceLab;
  beforeAll(async () => {
    lab = await openDeviceLab({ limits: generous });
  });
  afterAll(() => lab.close());

  async function enrolled(): Promise<RawInstance> {
    const instance = lab.instanceOf(lab.pixel());
    expect((await instance.enrol()).outcome).toBe("session");
    return instance;
  }

  async function post(path: string, body: string, contentType = "application/json"): Promise<RawResponse> {
    const headers = { "content-type": contentType };
    const response = await fetch(lab.service().origin + path, { method: "POST", headers, body });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, body: bytes, json: JSON.parse(Buffer.from(bytes).toString()) as unknown };
  }

  function expectProblem({ status, json }: RawResponse, code: ProblemCode): void {
    const { status: expected, title } = problems[code];
    expect({ status, json }).toEqual({
      status: expected,
      json: expect.objectContaining({ type: `/errors/${code}`, title, status: expected, code }) as unknown,
    });
  }

  async function altered(change: (statement: Record<string, unknown>) => void): Promise<Prepared> {
    const device = lab.pixel();
    const instance = lab.instanceOf(device);
    await instance.enrol();
    return lab.altered(device, instance, await instance.prepareSession(), change);
  }

  it("malformed: text that is no JSON, a repeated member, an empty body", async () => {
    expectProblem(await post("/v1/sessions", "{"), "malformed");
    expectProblem(
      await post("/v1/challenges", `{"v":1,"project":"${lab.project}","project":"${lab.project}"}`),
      "malformed",
    );
    expectProblem(await post("/v1/challenges", ""), "malformed");
    expect((await post("/v1/challenges", `{"v":1,"project":"${lab.project}"}`)).status).toBe(200);
  });

  it("not_found: a brokered API that cannot be one, of which nothing stands in the log", async () => {
    const canary = `Canary${"x".repeat(2000)}`;
    expectProblem(await lab.send("GET", `/b/${lab.project}/${canary}/v1`, null), "not_found");
    expectProblem(await lab.send("GET", `/b/${lab.project}/Canary/v1`, null), "not_found");
    expect(lab.lines.filter((line) => line.includes("Canary"))).toEqual([]);
  });

  it("malformed: an instance that is not that of the attested key", async () => {
    const instance = lab.instanceOf(lab.pixel());
    const prepared = await instance.prepareEnrolment();
    const other = lab.instanceOf(lab.pixel());
    const evidence = (await other.prepareEnrolment()).body.evidence;
    expectProblem(await lab.send("POST", prepared.path, { ...prepared.body, evidence }), "malformed");
  });

  it("too_large: a body over the limit of its route, before it is parsed", async () => {
    expectProblem(await post("/v1/challenges", `{"v":1,"project":"${lab.project}"${" ".repeat(256)}}`), "too_large");
    expectProblem(await post("/v1/sessions", " ".repeat(16 * 1024 + 1)), "too_large");
    expectProblem(await post("/v1/instances", " ".repeat(64 * 1024 + 1)), "too_large");
    expectProblem(await post("/v1/instances", " ".repeat(64 * 1024)), "malformed");
  });

  it("unsupported_media_type: anything but application/json", async () => {
    const body = `{"v":1,"project":"${lab.project}"}`;
    expectProblem(await post("/v1/challenges", body, "text/plain"), "unsupported_media_type");
    expectProblem(await post("/v1/challenges", body, "application/x-www-form-urlencoded"), "unsupported_media_type");
    expect((await post("/v1/challenges", body, "application/json; charset=utf-8")).status).toBe(200);
  });

  it("unsupported_version: names the version that is spoken", async () => {
    const answer = await post("/v1/challenges", `{"v":2,"project":"${lab.project}"}`);
    expectProblem(answer, "unsupported_version");
    expect(answer.json).toMatchObject({ supported: [1] });
  });

  it("unknown_project: a project that is not here, and one of another environment", async () => {
    const foreign = await altered((statement) => {
      statement.project = "A".repeat(22);
    });
    expectProblem(await lab.send("POST", foreign.path, foreign.body), "unknown_project");
    const other = await altered((statement) => {
      statement.environment = "production";
    });
    expectProblem(await lab.send("POST", other.path, other.body), "unknown_project");
    expectProblem(await lab.send("GET", `/v1/manifest/${"A".repeat(22)}/astropiks`, null), "unknown_project");
  });

  it("challenge_invalid: brings a fresh challenge that is good", async () => {
    const broken = await altered((statement) => {
      const challenge = Buffer.from(String(statement.challenge), "base64url");
      challenge[20] = (challenge[20] ?? 0) ^ 1;
      statement.challenge = challenge.toString("base64url");
    });
    const answer = await lab.send("POST", broken.path, broken.body);
    expectProblem(answer, "challenge_invalid");
    const instance = await enrolled();
    const challenge = Buffer.from((answer.json as { challenge: string }).challenge, "base64url");
    expect((await instance.session({ challenge })).outcome).toBe("session");
  });

  it("challenge_invalid: a continuing challenge of another instance", async () => {
    const victim = await enrolled();
    const challenge = (await victim.session()).challenge;
    if (challenge === null) throw new TypeError("an answer brings a challenge");
    const thief = await enrolled();
    const prepared = await thief.prepareSession({ challenge });
    expectProblem(await lab.send("POST", prepared.path, prepared.body), "challenge_invalid");
  });

  it("challenge_expired and challenge_spent", async () => {
    const instance = await enrolled();
    const prepared = await instance.prepareSession();
    expect((await lab.send("POST", prepared.path, prepared.body)).status).toBe(200);
    expectProblem(await lab.send("POST", prepared.path, prepared.body), "challenge_spent");
    const late = await instance.prepareSession({ challenge: await lab.exchange.challenge(lab.project) });
    lab.advance(126_000);
    expectProblem(await lab.send("POST", late.path, late.body), "challenge_expired");
  });

  it("challenge_spent: an older continuing challenge dies with the acceptance of a younger one", async () => {
    const instance = await enrolled();
    const older = await instance.prepareSession();
    await instance.session({ challenge: await lab.exchange.challenge(lab.project) });
    const younger = await instance.prepareSession();
    expect((await lab.send("POST", younger.path, younger.body)).status).toBe(200);
    expectProblem(await lab.send("POST", older.path, older.body), "challenge_spent");
  });

  it("evidence_challenge_reused: the same challenge for the same key is good, for another it is not", async () => {
    const device = lab.pixel();
    const challenge = await lab.exchange.challenge(lab.project);
    const first = lab.steadyInstanceOf(device);
    expect((await first.enrol({ challenge })).outcome).toBe("session");
    expect((await first.enrol()).outcome).toBe("session");
    const stale = await device.keys.enrol(challenge);
    const second = createRawInstance({
      configuration: lab.configuration,
      device,
      exchange: lab.exchange,
      makeKey: async () => stale,
    });
    const prepared = await second.prepareEnrolment();
    expectProblem(await lab.send("POST", prepared.path, prepared.body), "evidence_challenge_reused");
  });

  it("credential_invalid: a credential that is not ours, ended, or of another instance", async () => {
    const instance = await enrolled();
    const forged = await instance.prepareSession();
    expectProblem(await lab.send("POST", forged.path, { ...forged.body, credential: "AQEB" }), "credential_invalid");
    const other = await enrolled();
    const stolen = { ...forged.body, credential: other.credential() };
    expectProblem(await lab.send("POST", forged.path, stolen), "credential_invalid");
    expect((await lab.send("POST", forged.path, forged.body)).status).toBe(200);
  });

  it("proof_invalid: by another key, missing, or with a superfluous member", async () => {
    const instance = await enrolled();
    const prepared = await instance.prepareSession();
    const signature = Buffer.alloc(64, 1).toString("base64url");
    expectProblem(await lab.send("POST", prepared.path, { ...prepared.body, proof: { signature } }), "proof_invalid");
    expectProblem(await lab.send("POST", prepared.path, { ...prepared.body, proof: {} }), "proof_invalid");
    const proof = { ...(prepared.body.proof as object), assertion: "AAAA" };
    expectProblem(await lab.send("POST", prepared.path, { ...prepared.body, proof }), "proof_invalid");
    expect((await lab.send("POST", prepared.path, prepared.body)).status).toBe(200);
  });

  it("counter_stale: an assertion whose counter did not rise", async () => {
    const device = lab.iphone();
    const instance = lab.instanceOf(device);
    await instance.enrol();
    await instance.session();
    device.evil.setCounter(instance.key().alias, 0);
    const prepared = await instance.prepareSession();
    expectProblem(await lab.send("POST", prepared.path, prepared.body), "counter_stale");
  });

  it("not_found and method_not_allowed", async () => {
    expectProblem(await lab.send("GET", "/v1/nothing", null), "not_found");
    expectProblem(await lab.send("GET", `/v1/manifest/${lab.project}/other`, null), "not_found");
    expectProblem(await lab.send("GET", "/v1/sessions", null), "method_not_allowed");
  });

  it("slow_down: one instance over its own budget, and nobody else", async () => {
    const busy = await openDeviceLab({ limits: { ...generous, sessionsPerInstancePerMinute: 1 } });
    try {
      const instance = busy.instanceOf(busy.pixel());
      await instance.enrol();
      expect((await instance.session()).outcome).toBe("session");
      const prepared = await instance.prepareSession();
      expectProblem(await busy.send("POST", prepared.path, prepared.body), "slow_down");
      const other = busy.instanceOf(busy.pixel());
      await other.enrol();
      expect((await other.session()).outcome).toBe("session");
    } finally {
      await busy.close();
    }
  });

  it("unavailable: evidence beyond the queue", async () => {
    const busy = await openDeviceLab({ limits: { ...generous, evidenceQueue: 0 } });
    try {
      const prepared = await busy.instanceOf(busy.pixel()).prepareEnrolment();
      const answer = await busy.send("POST", prepared.path, prepared.body);
      expectProblem(answer, "unavailable");
      expect(answer.json).toMatchObject({ retryAfterSeconds: 5 });
    } finally {
      await busy.close();
    }
  });

  it("sends every answer with no-store", async () => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ v: 1, project: lab.project });
    const good = await fetch(`${lab.service().origin}/v1/challenges`, { method: "POST", headers, body });
    const bad = await fetch(`${lab.service().origin}/v1/challenges`, { method: "POST", headers, body: "{" });
    expect([good.headers.get("cache-control"), bad.headers.get("cache-control")]).toEqual(["no-store", "no-store"]);
    expect(bad.headers.get("content-type")).toBe("application/problem+json");
  });
});
