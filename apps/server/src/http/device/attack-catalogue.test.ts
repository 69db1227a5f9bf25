import {
  type AttackedPlay,
  type AttackLab,
  attacks,
  createTestAuthority,
  createVirtualPlay,
} from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeviceLab, openDeviceLab, packageName, signingDigest } from "./device-lab.suite.ts";

const agentAttacks = new Set(
  attacks.filter((attack) => attack.expected.kind === "agent_error").map((attack) => attack.name),
);

describe("attacks on the wire", () => {
  let lab: DeviceLab;
  let production: string;
  let play: AttackedPlay;
  let playProject: string;
  let made = 0;

  beforeAll(async () => {
    lab = await openDeviceLab({ limits: { challengesPerMinute: 10_000, enrolmentsPerMinute: 10_000 } });
    const { admin } = lab.service().domain;
    const actor = { id: "lab", name: "lab" };
    const project = await admin.createProject(actor, { name: "production", kind: "production" });
    production = project.configuration;
    const { ios, android, web } = await admin.showApp(lab.project, "astropiks");
    await admin.putApp(actor, project.id, "astropiks", { ios, android, web }, "create");
    const google = createVirtualPlay();
    const playing = await admin.createProject(actor, { name: "play", kind: "development" });
    await admin.putAnchors(actor, playing.id, lab.authority.pems);
    await admin.putApp(actor, playing.id, "astropiks", { ios, android, web }, "create");
    await admin.changeSettings(actor, playing.id, { play: "require" });
    await admin.setVendor(actor, playing.id, "google-play-keys", { [packageName]: google.keys });
    playProject = playing.id;
    const findings = () => ({ packageName, signingDigest, versionCode: 7, nowMs: lab.nowMs() });
    play = { configuration: playing.configuration, google, findings };
  });
  afterAll(() => lab.close());

  const toAttackLab = (): AttackLab => ({
    configuration: lab.configuration,
    productionConfiguration: production,
    play,
    authority: lab.authority,
    foreignAuthority: createTestAuthority({ nowMs: lab.nowMs() }),
    secrets: ["nasa-key"],
    send: lab.send,
    iphone: (options) => lab.iphone(options),
    pixel: (options) => lab.pixel(options),
    createAgent: () => Promise.reject(new TypeError("attacks on the agent run end to end")),
    createDevelopmentKey: async ({ project, expiresInSeconds }) => {
      made += 1;
      const input = { name: `made-${made}`, expiresInSeconds, quota: 4 };
      const { admin } = lab.service().domain;
      const id = project === "demo" ? lab.project : playProject;
      return (await admin.createDevelopmentKey({ id: "lab", name: "lab" }, id, input)).key;
    },
    nowMs: lab.nowMs,
    advanceServiceClock: lab.advance,
    publishManifest: async () => {},
    publishKeyList: async () => {},
  });

  it.each(attacks.filter((attack) => !agentAttacks.has(attack.name)).map((attack) => [attack.name, attack] as const))(
    "answers %s with the code that is promised, and delivers nothing",
    async (_name, attack) => {
      const outcome = await attack.run(toAttackLab());
      const project = attack.name.includes("production") ? null : lab.project;
      const code = outcome.code ?? (await firstReason(project, outcome.arc));
      expect({ code, verdict: outcome.verdict }).toEqual({
        code: attack.expected.code,
        verdict: attack.expected.kind === "refused" ? "refused" : null,
      });
      expect(outcome.secretDelivered).toBe(false);
    },
  );

  async function firstReason(project: string | null, arc: string | null): Promise<string | null> {
    const { store } = lab.service().domain.device;
    const projects = project === null ? (await store.projects.list()).map((each) => each.id) : [project];
    for (const id of [...projects, ...(await store.projects.list()).map((each) => each.id)]) {
      const trace = arc === null ? null : await store.traces.get(id, arc);
      if (trace !== null) return trace.reasons[0] ?? null;
    }
    return null;
  }
});
