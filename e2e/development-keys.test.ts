import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { type Agent, type AgentPorts, createAgent, type Storage } from "@countersign/client";
import { createNodePorts, memoryStorage } from "@countersign/client/node";
import { createVirtualSimulator } from "@countersign/virtual-device";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";

const scratch = mkdtempSync(join(tmpdir(), "development-keys-"));
const app = { id: "astropiks", version: "1.0.0", build: "1" };
const agents: Agent[] = [];
let world: DemoWorld;
let made = 0;

beforeAll(async () => {
  world = await createDemoWorld({ folder: scratch, port: 0, tls: true });
});
afterEach(() => {
  for (const agent of agents.splice(0)) agent.stop();
});
afterAll(async () => {
  await world.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function makeKey(input: { readonly quota?: number; readonly expiresInSeconds?: number } = {}): Promise<{
  readonly key: string;
  readonly name: string;
}> {
  made += 1;
  const body = { name: `ci-${made}`, quota: 10, expiresInSeconds: 3600, ...input };
  return (await world.admin.call("POST", `/projects/${world.project.id}/development-keys`, body)) as never;
}

/** What a CI job has: Node, and keys of its own where none are given. */
function portsOf(given: { readonly keys?: AgentPorts["keys"]; readonly storage?: Storage } = {}): AgentPorts {
  return createNodePorts({
    configuration: world.project.configuration,
    app,
    trustedCas: [world.standInCa],
    ...(world.serviceCa === null ? {} : { serviceCa: world.serviceCa }),
    ...given,
  });
}

function agentWith(developmentKey: string | null, ports: AgentPorts = portsOf()): Agent {
  const { configuration } = world.project;
  const options = { watch: false, ...(developmentKey === null ? {} : { developmentKey }) };
  const agent = createAgent({ configuration, ports, options });
  agents.push(agent);
  return agent;
}

const apodUrl = (): string => `${world.standIn.origin}/planetary/apod?api_key=${world.placeholder}&date=2024-01-01`;

async function fetched(agent: Agent): Promise<unknown> {
  const answer = await agent.fetch(apodUrl());
  return [answer.status, await answer.json()];
}

describe("a CI job on Node", () => {
  it("runs the whole agent with a development key: enrols, has the key filled in, refreshes", async () => {
    const agent = agentWith((await makeKey()).key);
    expect(await fetched(agent)).toMatchObject([200, { date: "2024-01-01" }]);
    expect(world.standIn.seen().at(-1)?.target).toContain(`api_key=${world.apiKey()}`);
    expect(await agent.refresh("again")).toMatchObject({ outcome: "session", verdict: "trusted" });
  });

  it("gets nothing without one", async () => {
    await expect(fetched(agentWith(null))).rejects.toMatchObject({ code: "refused" });
  });

  it("loses what it has with the key's revocation", async () => {
    const { key, name } = await makeKey();
    const agent = agentWith(key);
    await fetched(agent);
    await world.admin.call("DELETE", `/projects/${world.project.id}/development-keys/${name}`);
    expect(await agent.refresh("after the revocation")).toMatchObject({ outcome: "refused" });
    await expect(fetched(agent)).rejects.toMatchObject({ code: "refused" });
  });
});

describe.each(["ios", "android"] as const)("a simulator of %s", (platform) => {
  it("runs the whole agent, an emulator's signal and all", async () => {
    const { project } = world;
    const simulator = createVirtualSimulator({ app, project: project.id, platform });
    simulator.see({ name: "emulator", count: 1, ageSeconds: 0 });
    const ports = { ...portsOf({ keys: simulator.keys }), detectors: simulator.detectors };
    expect(await fetched(agentWith((await makeKey()).key, ports))).toMatchObject([200, {}]);
  });

  it("enrols anew with a new key, and gives up the instance of the old one", async () => {
    const simulator = createVirtualSimulator({ app, project: world.project.id, platform });
    const storage = memoryStorage();
    const first = agentWith((await makeKey()).key, portsOf({ keys: simulator.keys, storage }));
    await fetched(first);
    const before = first.state().instance;
    first.stop();
    const { key } = await makeKey();
    const second = agentWith(key, portsOf({ keys: simulator.keys, storage }));
    await fetched(second);
    expect(second.state().instance).not.toBe(before);
    second.stop();
    const third = agentWith(key, portsOf({ keys: simulator.keys, storage }));
    await fetched(third);
    expect(third.state().instance).toBe(second.state().instance);
  });
});

describe("the agent", () => {
  it("keeps the development key out of what it stores, sends and shows", async () => {
    const { key } = await makeKey();
    const stored: string[] = [];
    const sent: string[] = [];
    const inner = memoryStorage();
    const storage: Storage = {
      ...inner,
      write: (name, value) => {
        stored.push(value);
        return inner.write(name, value);
      },
    };
    const ports = portsOf({ storage });
    const { service } = ports;
    const watched = {
      ...service,
      origin: service.origin,
      send: async (request: Parameters<typeof service.send>[0]) => {
        sent.push(request.body ?? "");
        return service.send(request);
      },
    };
    const agent = agentWith(key, { ...ports, service: watched });
    await fetched(agent);
    const seen = [...stored, ...sent, inspect(agent, { depth: 12, showHidden: true }), JSON.stringify(agent.state())];
    expect(sent.some((body) => body.includes('"type":"development"'))).toBe(true);
    const secret = Buffer.from(key.slice(4), "base64url");
    for (const form of [key.slice(4), secret.toString("hex"), secret.toString("base64")]) {
      expect(seen.filter((text) => text.includes(form))).toEqual([]);
    }
  });

  it("takes none for a production project, and none that is not of its form, and repeats neither", async () => {
    const { key } = await makeKey();
    const ports = portsOf();
    const { configuration } = world.productionProject;
    const create =
      (text: string, of = world.project.configuration) =>
      () =>
        createAgent({ configuration: of, ports, options: { developmentKey: text } });
    expect(create(key, configuration)).toThrow(TypeError);
    expect(create(key, configuration)).not.toThrow(key.slice(4));
    for (const text of ["", "csd_", key.slice(0, -1), `${key}A`, key.replace("csd_", "csv_")]) {
      expect(create(text)).toThrow(/^a development key is csd_ and 43 characters$/);
    }
  });
});
