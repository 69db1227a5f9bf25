import { reasons } from "@countersign/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { type DeviceLab, openDeviceLab, secretValue } from "./device-lab.suite.ts";

const generous = { challengesPerMinute: 10_000, enrolmentsPerMinute: 10_000, recordLookupsPerMinute: 10_000 };
const asks = { tokens: [], secrets: ["nasa-key"], clientAttestations: [] };

describe("the device API when things go wrong", () => {
  const labs: DeviceLab[] = [];
  async function open(...options: Parameters<typeof openDeviceLab>): Promise<DeviceLab> {
    const lab = await openDeviceLab(...options);
    labs.push(lab);
    return lab;
  }
  afterEach(async () => {
    for (const lab of labs.splice(0)) await lab.close();
  });

  it.each([
    ["iPhone", (lab: DeviceLab) => lab.iphone()],
    ["Pixel", (lab: DeviceLab) => lab.pixel()],
  ] as const)("%s: an enrolment answer that was lost costs neither the key nor the evidence", async (_name, make) => {
    const lab = await open({ limits: generous });
    const instance = lab.steadyInstanceOf(make(lab));
    const lost = await instance.prepareEnrolment();
    expect((await lab.send("POST", lost.path, lost.body)).status).toBe(200);
    const again = await instance.enrol({ asks });
    expect([again.problem, again.session?.verdict]).toEqual([null, "trusted"]);
    expect((await instance.session()).session?.verdict).toBe("trusted");
  });

  it.each([
    ["iPhone", (lab: DeviceLab) => lab.iphone()],
    ["Pixel", (lab: DeviceLab) => lab.pixel()],
  ] as const)("%s: found by the record when it has no credential, even a day later", async (_name, make) => {
    const lab = await open({ limits: generous });
    const instance = lab.steadyInstanceOf(make(lab));
    await instance.enrol();
    lab.advance(86_400_000);
    const prepared = await instance.prepareSession({ challenge: await lab.exchange.challenge(lab.project), asks });
    const { credential: _lost, ...body } = prepared.body;
    const answer = await lab.exchange.send({ ...prepared, body });
    expect([answer.problem, answer.session?.verdict, answer.session?.secrets.length]).toEqual([null, "trusted", 1]);
  });

  it("a refresh answer that was lost costs one round trip", async () => {
    const lab = await open({ limits: generous });
    const instance = lab.instanceOf(lab.iphone());
    await instance.enrol();
    const lost = await instance.prepareSession();
    expect((await lab.send("POST", lost.path, lost.body)).status).toBe(200);
    const spent = await instance.prepareSession();
    const problem = (await lab.send("POST", spent.path, spent.body)).json as { code: string; challenge: string };
    expect(problem.code).toBe("challenge_spent");
    const challenge = Buffer.from(problem.challenge, "base64url");
    expect((await instance.session({ challenge })).session?.verdict).toBe("trusted");
  });

  it("an unknown instance without credential is asked to enrol", async () => {
    const lab = await open({ limits: generous });
    const device = lab.pixel();
    const stranger = lab.instanceOf(device);
    const prepared = { ...(await stranger.prepareEnrolment()), path: "/v1/sessions" } as const;
    const session = lab.altered(device, stranger, prepared, (statement) => {
      statement.use = "session";
    });
    const answer = await lab.exchange.send(session);
    expect([answer.outcome, answer.reason, answer.session]).toEqual(["enrol", "unknown_instance", null]);
  });

  it("evidence that has grown too old is asked for again", async () => {
    const lab = await open({ limits: generous });
    const instance = lab.instanceOf(lab.pixel());
    await instance.enrol();
    await lab.change({ evidenceMaxAgeDays: 1 });
    lab.advance(2 * 86_400_000);
    const prepared = await instance.prepareSession({ challenge: await lab.exchange.challenge(lab.project) });
    const { credential: _ended, ...body } = prepared.body;
    const answer = await lab.exchange.send({ ...prepared, body });
    expect([answer.outcome, answer.reason]).toEqual(["enrol", "evidence_too_old"]);
  });

  it("a node that starts with an empty ledger accepts no challenge from before", async () => {
    const lab = await open({ limits: generous });
    const instance = lab.instanceOf(lab.pixel());
    await instance.enrol();
    const spent = await instance.prepareSession();
    expect((await lab.send("POST", spent.path, spent.body)).status).toBe(200);
    const unspent = await instance.prepareSession({ challenge: await lab.exchange.challenge(lab.project) });
    await lab.restart();
    for (const prepared of [spent, unspent]) {
      expect((await lab.send("POST", prepared.path, prepared.body)).json).toMatchObject({ code: "challenge_expired" });
    }
    const challenge = await lab.exchange.challenge(lab.project);
    expect((await instance.session({ challenge })).session?.verdict).toBe("trusted");
  });

  it("a key attested before a restart enrols after it, over a fresh challenge", async () => {
    const lab = await open({ limits: generous });
    for (const device of [lab.iphone(), lab.pixel()]) {
      const instance = lab.steadyInstanceOf(device);
      const before = await instance.prepareEnrolment();
      await lab.restart();
      expect((await lab.send("POST", before.path, before.body)).json).toMatchObject({ code: "challenge_expired" });
      expect((await instance.enrol()).session?.verdict).toBe("trusted");
    }
  });

  it("a ban counts with the next statement", async () => {
    const lab = await open({ limits: generous });
    const device = lab.pixel();
    const instance = lab.instanceOf(device);
    const enrolled = await instance.enrol();
    const id = (await lab.trace(enrolled.arc)).instance;
    await lab.ban(id);
    const answer = await instance.session({ asks });
    expect([answer.outcome, answer.session]).toEqual(["refused", null]);
    expect((await lab.trace(answer.arc)).reasons).toEqual(["banned"]);
  });

  it("a quarantine survives a restart, a clean statement and a lost credential", async () => {
    const lab = await open({ limits: generous });
    const instance = lab.steadyInstanceOf(lab.pixel());
    await instance.enrol();
    const hooked = await instance.session({ seen: [{ name: "hook", count: 1, ageSeconds: 0 }] });
    expect((await lab.trace(hooked.arc)).reasons).toEqual(["signal_hook"]);
    const clean = await instance.session({ seen: [] });
    expect((await lab.trace(clean.arc)).reasons).toEqual(["quarantined"]);
    await lab.restart();
    const again = await instance.enrol();
    expect((await lab.trace(again.arc)).reasons).toEqual(["quarantined"]);
    lab.advance(86_400_000 + 1000);
    const prepared = await instance.prepareSession({ challenge: await lab.exchange.challenge(lab.project) });
    const { credential: _lost, ...body } = prepared.body;
    expect((await lab.exchange.send({ ...prepared, body })).session?.verdict).toBe("trusted");
  });

  it("a flood from one network leaves its known instances served, and asks newcomers for work", async () => {
    const lab = await open({ limits: { challengesPerMinute: 20, enrolmentsPerMinute: 3, workBits: 8 } });
    const known = lab.instanceOf(lab.pixel());
    await known.enrol();
    for (let flood = 0; flood < 40; flood += 1) await lab.exchange.challenge(lab.project);
    const hard = await lab.exchange.challenge(lab.project);
    expect(hard[3]).toBe(8);
    const newcomer = lab.instanceOf(lab.pixel());
    expect((await newcomer.enrol()).problem).toBe("challenge_invalid");
    for (let round = 0; round < 5; round += 1) expect((await known.session()).session?.verdict).toBe("trusted");
  });

  it("over the budget of enrolments a challenge with work is handed out, and the work done is enough", async () => {
    const lab = await open({ limits: { ...generous, enrolmentsPerMinute: 1, workBits: 8 } });
    await lab.instanceOf(lab.pixel()).enrol();
    const device = lab.pixel();
    const newcomer = lab.steadyInstanceOf(device);
    const prepared = await newcomer.prepareEnrolment();
    const refused = (await lab.send("POST", prepared.path, prepared.body)).json as { code: string; challenge: string };
    expect(refused.code).toBe("challenge_invalid");
    const challenge = Buffer.from(refused.challenge, "base64url");
    expect(challenge[3]).toBe(8);
    const { checkWork, parseChallenge } = await import("@countersign/protocol");
    const { sha256 } = await import("@countersign/protocol/server");
    const fields = parseChallenge(challenge);
    if (!fields.ok) throw new TypeError(fields.detail);
    const work = Buffer.alloc(8);
    while (!checkWork(sha256, fields.value, work)) work.writeUInt32BE(work.readUInt32BE(4) + 1, 4);
    const worked = lab.altered(device, newcomer, await newcomer.prepareEnrolment({ challenge }), (statement) => {
      statement.work = work.toString("base64url");
    });
    expect((await lab.exchange.send(worked)).session?.verdict).toBe("trusted");
  });

  it("100 enrolments at once are all answered, each with a session of its own", async () => {
    const lab = await open({ limits: generous });
    const answers = await Promise.all(Array.from({ length: 100 }, () => lab.instanceOf(lab.pixel()).enrol({ asks })));
    expect(answers.map((answer) => answer.session?.verdict ?? answer.problem)).toEqual(Array(100).fill("trusted"));
    expect(new Set(answers.map((answer) => answer.arc)).size).toBe(100);
  });

  it("one request sent 20 times at once is accepted once", async () => {
    const lab = await open({ limits: generous });
    const instance = lab.instanceOf(lab.pixel());
    await instance.enrol();
    const prepared = await instance.prepareSession();
    const answers = await Promise.all(Array.from({ length: 20 }, () => lab.send("POST", prepared.path, prepared.body)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
  });

  it("reasons are told only where the project turned them on", async () => {
    const lab = await open({ limits: generous });
    const refused = async () => {
      const prepared = await lab.instanceOf(lab.pixel({ locked: false })).prepareEnrolment();
      const { json } = await lab.send("POST", prepared.path, prepared.body);
      const { signed } = json as { signed: string };
      return JSON.parse(Buffer.from(signed, "base64url").toString()) as { outcome: string; reasons?: string[] };
    };
    const quiet = await refused();
    expect([quiet.outcome, quiet.reasons]).toEqual(["refused", undefined]);
    await lab.change({ reasons: true });
    const told = await refused();
    expect(told.reasons?.[0]).toBe("bootloader_unlocked");
    expect(Object.keys(reasons)).toContain(told.reasons?.[0]);
  });

  it("no secret, token, credential or address occurs in anything the service logs", async () => {
    const lab = await open({ limits: generous });
    const instance = lab.instanceOf(lab.iphone());
    const enrolled = await instance.enrol({ asks: { ...asks, tokens: [{ api: "nasa" }] } });
    await lab.send("POST", `/v1/sessions?x=${secretValue}`, { secret: secretValue });
    await lab.send("GET", `/nowhere/${secretValue}`, null);
    const everything = lab.lines.join("\n");
    const session = JSON.parse(Buffer.from(enrolled.session?.plaintext ?? []).toString()) as Record<string, unknown>;
    const planted = [secretValue, instance.credential(), String(session.pass), String(session.proofKey), '127.0.0.1"'];
    expect(Buffer.from(enrolled.session?.plaintext ?? []).includes(secretValue)).toBe(true);
    for (const value of planted) expect(everything.includes(value)).toBe(false);
    expect(lab.lines.length).toBeGreaterThan(4);
  });
});
