import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tellStory } from "../examples/astropiks/src/story/tell-story.ts";
import { createDeviceStorage } from "../examples/astropiks/src/world/demo-agent.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { findLeaks } from "../testing/leak-detector.ts";
import { type PostgresServer, postgresPrograms, startPostgres } from "../testing/postgres.ts";
import { requireAll } from "../testing/vectors.ts";

describe.skipIf(postgresPrograms() === null && !requireAll)("the whole service on PostgreSQL", () => {
  const folder = mkdtempSync(join(tmpdir(), "postgres-service-"));
  let server: PostgresServer;
  let databaseUrl = "";
  let world: DemoWorld;

  const start = (of: Partial<DemoWorld> = {}): Promise<DemoWorld> =>
    createDemoWorld({
      folder,
      port: of.port ?? 0,
      tls: false,
      service: { databaseUrl },
      ...(of.authority === undefined ? {} : { authority: of.authority }),
    });

  beforeAll(async () => {
    server = await startPostgres();
    databaseUrl = await server.createDatabase();
    world = await start();
  });
  afterAll(async () => {
    await world?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const apod = (): string => `${world.standIn.origin}/planetary/apod?api_key=${world.placeholder}&date=2024-01-01`;

  test("keeps every promise of the story: genuine devices, every attack, the rotation", async () => {
    const story = await tellStory(world, () => {});
    expect(story.broken).toEqual([]);
    expect(story.cases.filter((row) => row.attack === null && row.upstreamStatus === 200)).toHaveLength(5);
    expect(existsSync(join(folder, "countersign.db"))).toBe(false);
  });

  test("knows its projects, administrators and installed apps after a restart", async () => {
    const storage = createDeviceStorage();
    const device = world.devices.iphone({ ios: "27" });
    const before = world.createAgent(device, { storage, watch: false }).agent;
    await before.start();
    expect((await before.fetch(apod())).status).toBe(200);
    before.stop();
    const { project, clock } = world;
    const month = new Date(clock.nowMs()).toISOString().slice(0, 7);
    await world.close();
    world = await start(world);
    expect(world.project).toMatchObject({ id: project.id, configuration: project.configuration });
    const after = world.createAgent(device, { storage, watch: false }).agent;
    await after.start();
    await after.refresh("after the restart");
    expect((await after.fetch(apod())).status).toBe(200);
    expect(after.state()).toMatchObject({ instance: before.state().instance, verdict: "trusted" });
    after.stop();
    const { active } = await world.admin.call<{ active: Record<string, number> }>(
      "GET",
      `/projects/${project.id}/activity?month=${month}`,
    );
    expect(active.ios).toBeGreaterThanOrEqual(3);
    expect(active.android).toBeGreaterThanOrEqual(3);
  });

  test("leaves no key of the third party and no administrator token in a dump of the database", () => {
    const dump = server.dump(databaseUrl);
    const values = [...world.apiKeys(), world.folder.readToken() ?? ""];
    expect(dump.includes(world.project.id)).toBe(true);
    for (const value of values) expect(findLeaks(dump, value)).toEqual([]);
    for (const value of values) expect(findLeaks(Buffer.concat([dump, Buffer.from(value)]), value)).toContain("raw");
  });
});
