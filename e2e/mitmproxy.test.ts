import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatConfigurationString, parseConfigurationString } from "@countersign/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPlatformFetch } from "../examples/astropiks/src/forms/platform-fetch.ts";
import { demoNames } from "../examples/astropiks/src/world/demo-app.ts";
import { createDemoLab, type GuardingLab } from "../examples/astropiks/src/world/demo-lab.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { findLeaks } from "../testing/leak-detector.ts";
import { hasMitmproxy, startMitmproxy } from "../testing/mitmproxy.ts";
import { requireAll } from "../testing/vectors.ts";

describe.skipIf(!hasMitmproxy && !requireAll)("mitmproxy under a CA that the phone trusts", () => {
  const folder = mkdtempSync(join(tmpdir(), "mitmproxy-world-"));
  let world: DemoWorld;
  let lab: GuardingLab;

  beforeAll(async () => {
    world = await createDemoWorld({ folder, port: 0, tls: true });
    lab = createDemoLab(world);
  });
  afterAll(async () => {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const pictureUrl = (): string =>
    `${world.standIn.origin}/planetary/apod?api_key=${world.placeholder}&date=2024-01-01`;

  it("reads no key, token or credential between app and service, while the app works on", async () => {
    const proxy = await startMitmproxy({ port: world.port });
    const parsed = parseConfigurationString(lab.configuration);
    if (!parsed.ok) throw new TypeError("unreadable configuration string");
    const configuration = formatConfigurationString({ ...parsed.value, host: "localhost", port: proxy.port });
    const { agent, storage } = world.createAgent(lab.iphone(), { configuration, serviceCa: proxy.caPem, watch: false });
    await agent.start();
    const token = await agent.getToken(demoNames.backend);
    const response = await agent.fetch(pictureUrl());
    agent.stop();
    const credential = /"credential":"([A-Za-z0-9_-]+)"/.exec(storage.values().join("\n"))?.[1] ?? "";
    const flows = await proxy.stop();
    expect(response.status).toBe(200);
    expect(credential).not.toBe("");
    expect(Buffer.from(flows).includes("/v1/instances")).toBe(true);
    for (const value of [world.apiKey(), token, credential]) expect(findLeaks(flows, value)).toEqual([]);
  });

  it("is refused by the agent between app and third-party API, and its presence is in the next statement", async () => {
    const proxy = await startMitmproxy({ port: world.standIn.port });
    const divert = (_host: string, port: number): number | null => (port === world.standIn.port ? proxy.port : null);
    const { agent } = world.createAgent(lab.pixel(), { trustedCas: [proxy.caPem], divert, watch: false });
    await agent.start();
    await expect(agent.fetch(pictureUrl())).rejects.toMatchObject({ code: "channel_refused" });
    const { arc } = await agent.refresh();
    agent.stop();
    const trace = await world.admin.call<{ signals: readonly string[] }>(
      "GET",
      `/projects/${world.project.id}/arcs/${arc}`,
    );
    expect(trace.signals).toContain("mitm");
    expect(findLeaks(await proxy.stop(), world.apiKey())).toEqual([]);
  });

  it("does read the key of the form that has it hard-coded: the search can find it", async () => {
    const proxy = await startMitmproxy({ port: world.standIn.port });
    const fetch = createPlatformFetch({ trustedCas: [proxy.caPem], through: { port: proxy.port } });
    await fetch(`${world.standIn.origin}/planetary/apod?api_key=${world.apiKey()}&date=2024-01-01`);
    expect(findLeaks(await proxy.stop(), world.apiKey())).not.toEqual([]);
  });
});
