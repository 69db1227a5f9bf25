import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NativeKeys, ServiceRequest } from "@countersign/client";
import { defaultBudgets } from "@countersign/server";
import type { Middleman, VirtualDevice } from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sendRaw } from "../examples/astropiks/src/world/admin-client.ts";
import { createDeviceStorage } from "../examples/astropiks/src/world/demo-agent.ts";
import { demoNames } from "../examples/astropiks/src/world/demo-app.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "robustness-"));
  folders.push(folder);
  return folder;
};
let world: DemoWorld;

beforeAll(async () => {
  world = await createDemoWorld({ folder: newFolder(), port: 0, tls: false });
});
afterAll(async () => {
  await world.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const apod = (of: DemoWorld = world): string =>
  `${of.standIn.origin}/planetary/apod?api_key=${of.placeholder}&date=2024-01-01`;

/** The device, with a count of the keys it was asked to make. */
function counting(device: VirtualDevice): { readonly device: VirtualDevice; made(): number } {
  let made = 0;
  const keys: NativeKeys = {
    ...device.keys,
    enrol: (challenge, alias) => {
      made += 1;
      return device.keys.enrol(challenge, alias);
    },
  };
  return { device: { ...device, keys }, made: () => made };
}

/** Lets the service answer, and loses the answers of `path` as often as told. */
function losing(path: string, times: number): { readonly middleman: Middleman; lost(): number } {
  let lost = 0;
  return {
    lost: () => lost,
    middleman: async (request, forward) => {
      const answer = await forward(request);
      if (request.path !== path || lost >= times) return answer;
      lost += 1;
      throw new Error("the connection broke before the answer came");
    },
  };
}

/** An app that tries again, as users do. */
async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 6) throw error;
    }
  }
}

const devices = [
  ["iPhone", (of: DemoWorld) => of.devices.iphone()],
  ["iPhone on iOS 27", (of: DemoWorld) => of.devices.iphone({ ios: "27" })],
  ["Pixel", (of: DemoWorld) => of.devices.pixel()],
] as const;

describe.each(devices)("a lost answer, on an %s,", (_, make) => {
  test.each([1, 2])("at enrolment (%i times) is recovered from without a new key", async (times) => {
    const { device, made } = counting(make(world));
    const { middleman, lost } = losing("/v1/instances", times);
    const { agent } = world.createAgent(device, { middleman, watch: false });
    await agent.start();
    expect((await insist(() => agent.fetch(apod()))).status).toBe(200);
    expect(lost()).toBe(times);
    expect(made()).toBe(1);
    expect(agent.state().verdict).toBe("trusted");
    agent.stop();
  });

  test("at enrolment is recovered from by the next process of the app, without a new key", async () => {
    const { device, made } = counting(make(world));
    const storage = createDeviceStorage();
    const first = world.createAgent(device, { ...losing("/v1/instances", 99), storage, watch: false }).agent;
    await first.start();
    await expect(first.refresh("enrol")).rejects.toMatchObject({ code: "service_unreachable" });
    first.stop();
    const second = world.createAgent(device, { storage, watch: false }).agent;
    await second.start();
    expect((await second.fetch(apod())).status).toBe(200);
    expect(made()).toBe(1);
    second.stop();
  });

  test("at refresh is recovered from without a new key", async () => {
    const { device, made } = counting(make(world));
    const { middleman, lost } = losing("/v1/sessions", 2);
    const { agent } = world.createAgent(device, { middleman, watch: false });
    await agent.start();
    await agent.fetch(apod());
    const before = agent.state().instance;
    await insist(() => agent.refresh("again"));
    await insist(() => agent.refresh("and again"));
    expect(lost()).toBe(2);
    expect(agent.state()).toMatchObject({ instance: before, verdict: "trusted" });
    expect((await agent.fetch(apod())).status).toBe(200);
    expect(made()).toBe(1);
    agent.stop();
  });
});

describe.each(devices)("on an %s", (_, make) => {
  test("100 parallel first calls make one session: as many statements as a single first call", async () => {
    const statementsFor = async (calls: number): Promise<readonly string[]> => {
      const paths: string[] = [];
      const middleman: Middleman = (request, forward) => {
        if (request.path !== "/v1/challenges") paths.push(request.path);
        return forward(request);
      };
      const { device, made } = counting(make(world));
      const { agent } = world.createAgent(device, { middleman, watch: false });
      await agent.start();
      const answers = await Promise.all(Array.from({ length: calls }, () => agent.fetch(apod())));
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
      expect(made()).toBe(1);
      agent.stop();
      return paths;
    };
    const single = await statementsFor(1);
    expect(single.filter((path) => path === "/v1/instances")).toHaveLength(1);
    expect(await statementsFor(100)).toEqual(single);
  });

  test("two processes of one app both work, and refresh side by side", async () => {
    const { device, made } = counting(make(world));
    const storage = createDeviceStorage();
    const first = world.createAgent(device, { storage, watch: false }).agent;
    await first.start();
    await first.fetch(apod());
    const second = world.createAgent(device, { storage, watch: false }).agent;
    await second.start();
    expect((await second.fetch(apod())).status).toBe(200);
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([insist(() => first.refresh("side by side")), insist(() => second.refresh("side by side"))]);
      const statuses = await Promise.all([first.fetch(apod()), second.fetch(apod())]);
      expect(statuses.map((answer) => answer.status)).toEqual([200, 200]);
    }
    expect(second.state().instance).toBe(first.state().instance);
    expect(made()).toBe(1);
    first.stop();
    second.stop();
  });

  test.each([-9, 9])("a wall clock wrong by %i years changes nothing", async (years) => {
    const wallMs = (): number => Date.now() + years * 365 * 86_400_000;
    const { agent } = world.createAgent(make(world), { watch: false, wallMs });
    await agent.start();
    expect((await agent.fetch(apod())).status).toBe(200);
    await agent.refresh("again");
    expect((await agent.fetch(apod())).status).toBe(200);
    const brokered = `${world.standIn.origin}/planetary/apod?api_key=${world.brokeredPlaceholder}&date=2024-01-01`;
    expect((await agent.fetch(brokered)).status).toBe(200);
    expect(agent.state()).toMatchObject({ phase: "session", verdict: "trusted" });
    agent.stop();
  });

  test.each([-9, 9])(
    "a wall clock that leaps by %i years while the app runs, and back, changes nothing",
    async (years) => {
      let leapMs = 0;
      const { device, made } = counting(make(world));
      const { agent } = world.createAgent(device, { watch: false, wallMs: () => Date.now() + leapMs });
      await agent.start();
      const before = await agent.fetch(apod());
      const { instance } = agent.state();
      const statuses = [before.status];
      for (const to of [years * 365 * 86_400_000, 0]) {
        leapMs = to;
        statuses.push((await agent.fetch(apod())).status);
        await agent.refresh("after the leap");
        statuses.push((await agent.fetch(apod())).status);
      }
      expect(statuses).toEqual([200, 200, 200, 200, 200]);
      expect(agent.state()).toMatchObject({ phase: "session", verdict: "trusted", instance });
      expect(made()).toBe(1);
      agent.stop();
    },
  );
});

describe("a service started anew with an empty ledger", () => {
  test("accepts no challenge that was spent before, and the installed apps go on", async () => {
    const folder = newFolder();
    const first = await createDemoWorld({ folder, port: 0, tls: false });
    const bodies: ServiceRequest[] = [];
    const storage = createDeviceStorage();
    const device = first.devices.pixel();
    const middleman: Middleman = (request, forward) => {
      if (request.method === "POST" && request.path !== "/v1/challenges") bodies.push(request);
      return forward(request);
    };
    const before = first.createAgent(device, { storage, middleman, watch: false }).agent;
    await before.start();
    await before.fetch(apod(first));
    await before.refresh("again");
    before.stop();
    expect(new Set(bodies.map((request) => request.path))).toEqual(new Set(["/v1/instances", "/v1/sessions"]));
    await first.close();

    const second = await createDemoWorld({ folder, port: first.port, tls: false, authority: first.authority });
    for (const { path, body } of bodies) {
      const headers = { "content-type": "application/json" };
      const answer = await sendRaw({ origin: second.origin, ca: null }, "POST", path, headers, body);
      expect(JSON.parse(answer.body.toString())).toMatchObject({ code: "challenge_expired" });
    }
    const after = second.createAgent(device, { storage, watch: false }).agent;
    await after.start();
    // The third party's stand-in has moved to another port: the held manifest does not know it yet.
    await after.refresh("after the restart");
    expect((await after.fetch(apod(second))).status).toBe(200);
    after.stop();
    await second.close();
  });
});

describe("with the shipped budgets", () => {
  test("a flood from one network leaves known instances served, and lets new ones in for some work", async () => {
    const flooded = await createDemoWorld({
      folder: newFolder(),
      port: 0,
      tls: false,
      service: { limits: defaultBudgets },
    });
    const { agent } = flooded.createAgent(flooded.devices.iphone(), { watch: false });
    await agent.start();
    await agent.fetch(apod(flooded));
    const { origin, project } = flooded;
    const headers = { "content-type": "application/json" };
    const post = (path: string, body: unknown) =>
      sendRaw({ origin, ca: null }, "POST", path, headers, JSON.stringify(body));
    const flood = [
      ...Array.from({ length: 300 }, () => post("/v1/challenges", { v: 1, project: project.id })),
      ...Array.from({ length: 100 }, () => post("/v1/instances", { v: 1, statement: "e30", proof: {}, evidence: [] })),
    ];
    const during = [agent.refresh("in the flood"), agent.fetch(apod(flooded))];
    const answers = await Promise.all(flood);
    await Promise.all(during);
    expect(answers.every((answer) => answer.status < 500 || answer.status === 503)).toBe(true);
    // The budget was passed: a stranger is asked for work from here on (byte 3 of a challenge).
    const { body } = await post("/v1/challenges", { v: 1, project: project.id });
    const { challenge } = JSON.parse(body.toString()) as { challenge: string };
    expect(Buffer.from(challenge, "base64url")[3]).toBe(defaultBudgets.workBits);
    for (let round = 0; round < 3; round += 1) await agent.refresh("after the flood");
    expect((await agent.fetch(apod(flooded))).status).toBe(200);

    const newcomer = flooded.createAgent(flooded.devices.pixel(), { watch: false }).agent;
    await newcomer.start();
    expect((await insist(() => newcomer.fetch(apod(flooded)))).status).toBe(200);
    agent.stop();
    newcomer.stop();
    await flooded.close();
  });
});

describe("a project with 50 hosts and 200 secrets", () => {
  test("serves each secret at its own place, and to no other host", async () => {
    const large = await createDemoWorld({ folder: newFolder(), port: 0, tls: false });
    const { admin, project } = large;
    for (let host = 2; host < 50; host += 1) {
      await admin.call("POST", `/projects/${project.id}/apis`, {
        id: `api-${host}`,
        host: `h${host}.example.org`,
        channel: "system",
      });
    }
    const value = (index: number): string => `value-of-secret-${index}-${"x".repeat(20)}`;
    const placeholders = new Map<number, string>();
    for (let index = 2; index < 200; index += 1) {
      // Every tenth belongs to the host that can be reached, the others to the many.
      const api = index % 10 === 0 ? demoNames.api : `api-${2 + (index % 48)}`;
      const places = [
        { api, methods: ["GET"], path: "/search", in: "header", name: `x-key-${index}`, when: "placeholder" },
      ];
      const path = `/projects/${project.id}/secrets/secret-${index}`;
      const { placeholder } = await admin.call<{ placeholder: string }>("PUT", path, { value: value(index), places });
      placeholders.set(index, placeholder);
    }
    const { agent } = large.createAgent(large.devices.iphone({ ios: "27" }), { watch: false });
    await agent.start();
    expect((await agent.fetch(apod(large))).status).toBe(200);
    for (const index of [10, 100, 190]) {
      const headers = { [`x-key-${index}`]: placeholders.get(index) ?? "", "x-note": placeholders.get(11) ?? "" };
      expect((await agent.fetch(`${large.standIn.origin}/search?q=stars`, { headers })).status).toBe(200);
      const seen = large.standIn.seen().at(-1);
      expect(seen?.headers[`x-key-${index}`]).toBe(value(index));
      expect(seen?.headers["x-note"]).toBe(placeholders.get(11));
    }
    expect((await agent.fetch(apod(large))).status).toBe(200);
    agent.stop();
    await large.close();
  });
});
