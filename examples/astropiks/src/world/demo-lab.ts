import { randomBytes } from "node:crypto";
import { createTestAuthority, type RawResponse } from "@countersign/virtual-device";
import type { DemoLab } from "../attacks/demo-attack.ts";
import { sendRaw } from "./admin-client.ts";
import { demoApp, demoNames } from "./demo-app.ts";
import type { DemoWorld } from "./demo-world.ts";

/** The lab of one attack after another, with what the search has to look for beside the keys. */
export interface GuardingLab extends DemoLab {
  guarded(): Readonly<Record<string, string>>;
}

function toJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8")) as unknown;
  } catch {
    return null;
  }
}

/** Puts the demo's world under attack: everything reaches the real service over the wire. */
export function createDemoLab(world: DemoWorld): GuardingLab {
  const { origin, serviceCa: ca, admin, project, devices, clock } = world;
  const guarded: Record<string, string> = {};
  return {
    world,
    configuration: project.configuration,
    productionConfiguration: world.productionProject.configuration,
    play: {
      configuration: world.playProject.configuration,
      google: world.google,
      findings: () => {
        const { packageName, signingDigest, versionCode } = demoApp;
        return { packageName, signingDigest, versionCode, nowMs: clock.nowMs() };
      },
    },
    authority: world.authority,
    foreignAuthority: createTestAuthority({ nowMs: clock.nowMs() }),
    secrets: [demoNames.secret],
    async send(method, path, body): Promise<RawResponse> {
      const text = body === null ? null : JSON.stringify(body);
      const headers: Readonly<Record<string, string>> = text === null ? {} : { "content-type": "application/json" };
      const answer = await sendRaw({ origin, ca }, method, path, headers, text);
      return { ...answer, json: toJson(answer.body) };
    },
    iphone: (options) => devices.iphone(options),
    pixel: (options) => devices.pixel(options),
    createAgent: async (device, options = {}) => {
      const { middleman } = options;
      const { agent } = world.createAgent(device, { watch: false, ...(middleman === undefined ? {} : { middleman }) });
      return {
        // An app in use: from its first fetch on it asks for the key with every statement.
        start: async () => {
          await agent.start();
          await agent.fetch(`${world.standIn.origin}/planetary/apod?api_key=${world.placeholder}&date=2024-01-01`);
        },
        refresh: (reason) => agent.refresh(reason),
        state: () => agent.state(),
        stop: () => agent.stop(),
      };
    },
    async createDevelopmentKey({ project: name, expiresInSeconds }) {
      const { id } = name === "demo" ? project : world.playProject;
      const input = { name: `attack-${randomBytes(8).toString("hex")}`, expiresInSeconds, quota: 4 };
      const answer = (await admin.call("POST", `/projects/${id}/development-keys`, input)) as { key: string };
      return answer.key;
    },
    nowMs: clock.nowMs,
    advanceServiceClock: (ms) => clock.advance(ms),
    async publishManifest() {
      await admin.call("PATCH", `/projects/${project.id}`, { reasons: false });
    },
    async publishKeyList() {
      await admin.call("POST", `/projects/${project.id}/keys/recover`, {});
    },
    guard: (values) => void Object.assign(guarded, values),
    guarded: () => ({ ...guarded }),
  };
}
