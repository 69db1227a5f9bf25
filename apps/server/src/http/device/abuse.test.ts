import { checkWork, parseChallenge } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { createRawInstance } from "@countersign/virtual-device";
import { afterEach, describe, expect, it } from "vitest";
import { type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";

const generous = { challengesPerMinute: 10_000, enrolmentsPerMinute: 10_000, recordLookupsPerMinute: 10_000 };
const hook = [{ name: "hook", count: 1, ageSeconds: 0 }];

describe("abuse of the device API", () => {
  const labs: DeviceLab[] = [];
  async function open(...options: Parameters<typeof openDeviceLab>): Promise<DeviceLab> {
    const lab = await openDeviceLab(...options);
    labs.push(lab);
    return lab;
  }
  afterEach(async () => {
    for (const lab of labs.splice(0)) await lab.close();
  });

  it("evidence that does not verify ties no challenge: the device it was made for enrols all the same", async () => {
    const lab = await open({ limits: generous });
    const challenge = await lab.exchange.challenge(lab.project);
    const victim = lab.pixel();
    const key = await victim.keys.enrol(challenge);
    const software = lab.pixel({ security: "software" });
    const forged = await software.keys.enrol(challenge);
    const attacker = createRawInstance({
      configuration: lab.configuration,
      device: software,
      exchange: lab.exchange,
      makeKey: async () => forged,
    });
    expect((await attacker.enrol()).outcome).toBe("refused");
    const genuine = createRawInstance({
      configuration: lab.configuration,
      device: victim,
      exchange: lab.exchange,
      makeKey: async () => key,
    });
    expect((await genuine.enrol()).session?.verdict).toBe("trusted");
  });

  it("a solved challenge lets in one call, also where that fails", async () => {
    const lab = await open({ limits: { ...generous, recordLookupsPerMinute: 0, workBits: 4 } });
    const device = lab.pixel();
    const stranger = lab.instanceOf(device);
    const enrolment = await stranger.prepareEnrolment();
    const asSession = { ...enrolment, path: "/v1/sessions" } as const;
    const first = lab.altered(device, stranger, asSession, (statement) => {
      statement.use = "session";
    });
    const told = (await lab.send("POST", first.path, first.body)).json as { code: string; challenge: string };
    expect(told.code).toBe("challenge_invalid");
    const fields = parseChallenge(told.challenge);
    if (!fields.ok) throw new TypeError(fields.detail);
    const work = Buffer.alloc(8);
    while (!checkWork(sha256, fields.value, work)) work.writeUInt32BE(work.readUInt32BE(4) + 1, 4);
    const worked = lab.altered(device, stranger, asSession, (statement) => {
      Object.assign(statement, { use: "session", challenge: told.challenge, work: work.toString("base64url") });
    });
    const outcomes: (string | null)[] = [];
    for (let round = 0; round < 3; round += 1) {
      const { json } = await lab.send("POST", worked.path, worked.body);
      outcomes.push((json as { code?: string }).code ?? "signed");
    }
    expect(outcomes).toEqual(["signed", "challenge_invalid", "challenge_invalid"]);
  });

  it("one key that enrols eight times at once has one subject", async () => {
    const lab = await open({ limits: generous });
    const device = lab.pixel();
    const instance = lab.steadyInstanceOf(device);
    await instance.prepareEnrolment();
    const prepared = await Promise.all(Array.from({ length: 8 }, () => instance.prepareEnrolment()));
    const asking = prepared.map((each) =>
      lab.altered(device, instance, each, (statement) => {
        statement.asks = { tokens: [{ api: "nasa" }], secrets: [], clientAttestations: [] };
      }),
    );
    const sessions = await Promise.all(
      asking.map(async (each) => lab.sessionIn(each, (await lab.send("POST", each.path, each.body)).body)),
    );
    const subjects = sessions.map((session) => {
      const [, payload = ""] = session?.tokens[0]?.token.split(".") ?? [];
      return (JSON.parse(Buffer.from(payload, "base64url").toString()) as { sub: string }).sub;
    });
    expect([subjects.length, new Set(subjects).size]).toEqual([8, 1]);
  });

  it("strangers push no trace of a known instance out of the record", async () => {
    const lab = await open({ limits: { ...generous, strangerTracesPerNetworkPerHour: 2 } });
    const known = lab.instanceOf(lab.pixel());
    await known.enrol();
    const arcs: (string | null)[] = [];
    for (let round = 0; round < 4; round += 1) {
      arcs.push((await lab.instanceOf(lab.pixel({ security: "software" })).enrol()).arc);
    }
    const { store } = lab.service().domain.device;
    const traces = await Promise.all(arcs.map((arc) => store.traces.get(lab.project, arc ?? "")));
    expect(traces.map((trace) => trace?.reasons[0] ?? null)).toEqual([
      "security_level_software",
      "security_level_software",
      null,
      null,
    ]);
    const refused = await known.session({ seen: hook });
    expect((await lab.trace(refused.arc)).reasons).toEqual(["signal_hook"]);
  });

  it("a severe signal during a quarantine prolongs it", async () => {
    const lab = await open({ limits: generous });
    const instance = lab.instanceOf(lab.pixel());
    await instance.enrol();
    await instance.session({ seen: hook });
    lab.advance(23 * 3_600_000);
    const fresh = async () => ({ challenge: await lab.exchange.challenge(lab.project) });
    await instance.session({ ...(await fresh()), seen: hook });
    lab.advance(2 * 3_600_000);
    const clean = await instance.session({ ...(await fresh()), seen: [] });
    expect((await lab.trace(clean.arc)).reasons).toEqual(["quarantined"]);
    const rows = await lab.service().domain.device.store.bans.active(lab.nowMs());
    for (let round = 0; round < 5; round += 1) await instance.session({ ...(await fresh()), seen: hook });
    expect(await lab.service().domain.device.store.bans.active(lab.nowMs())).toHaveLength(rows.length + 2);
  });

  it("a session key that nothing can be sealed to is malformed, and nothing is spent or written", async () => {
    const lab = await open({ limits: generous });
    const device = lab.pixel();
    const instance = lab.instanceOf(device);
    await instance.enrol();
    const good = await instance.prepareSession();
    const bad = lab.altered(device, instance, good, (statement) => {
      statement.sessionKey = Buffer.alloc(32).toString("base64url");
    });
    expect((await lab.send("POST", bad.path, bad.body)).json).toMatchObject({ code: "malformed" });
    expect((await lab.exchange.send(good)).session?.verdict).toBe("trusted");
  });
});
