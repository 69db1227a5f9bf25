import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeService, type Service } from "@countersign/server";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createDemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { type PostgresServer, postgresPrograms, startPostgres } from "../testing/postgres.ts";
import { requireAll } from "../testing/vectors.ts";

const scratch = mkdtempSync(join(tmpdir(), "readiness-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
afterEach(() => void vi.restoreAllMocks());

/** The statuses of both, with the problem's code where there is one. */
async function health(origin: string): Promise<readonly unknown[]> {
  const [alive, ready] = await Promise.all([fetch(`${origin}/healthz`), fetch(`${origin}/readyz`)]);
  const said = (await ready.json()) as { readonly code?: string; readonly status: unknown };
  return [alive.status, ready.status, said.code ?? said.status];
}

const up = [200, 200, "ready"];
const notReady = [200, 503, "unavailable"];

describe("a service whose bans were not reconciled for over 30 seconds", () => {
  test("is alive and not ready, answers no statement, and is ready after the next reconciliation", async () => {
    const world = await createDemoWorld({ folder: join(scratch, "bans"), port: 0, tls: false });
    const { agent } = world.createAgent(world.devices.pixel(), { watch: false });
    await agent.start();
    await agent.refresh("while it is ready");
    expect(await health(world.origin)).toEqual(up);

    // Every look at the clock finds more than 30 seconds gone, so that no reconciliation is recent.
    const real = performance.now.bind(performance);
    let leaptMs = 0;
    vi.spyOn(performance, "now").mockImplementation(() => {
      leaptMs += 31_000;
      return real() + leaptMs;
    });
    expect(await health(world.origin)).toEqual(notReady);
    await expect(agent.refresh("while it is not ready")).rejects.toMatchObject({ code: "service_busy" });

    vi.restoreAllMocks();
    const still = leaptMs;
    vi.spyOn(performance, "now").mockImplementation(() => real() + still + 31_000);
    // A ban has the whole set read anew.
    const ban = `/projects/${world.project.id}/instances/${agent.state().instance}/ban`;
    await world.admin.call("PUT", ban, { reason: "e2e" });
    expect(await health(world.origin)).toEqual(up);
    agent.stop();
    await world.close();
  });
});

/** A line to the database that can be cut and mended. */
async function createLine(port: number) {
  const open: Socket[] = [];
  let isCut = false;
  const server = createServer((caller) => {
    if (isCut) {
      caller.destroy();
      return;
    }
    const onward = connect({ host: "127.0.0.1", port });
    open.push(caller);
    for (const [from, to] of [
      [caller, onward],
      [onward, caller],
    ] as const) {
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    /** Lets no new connection through, and ends the open ones that are meant, by the order in which they came. */
    cut: async (isMeant: (at: number) => boolean) => {
      isCut = true;
      const meant = open.filter((socket, at) => isMeant(at) && !socket.destroyed);
      const closed = meant.map((socket) => once(socket, "close"));
      for (const socket of meant) socket.destroy();
      await Promise.all(closed);
      // The other end is in this process, too: it hears of the end within a few turns of the event loop.
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    },
    mend: () => {
      isCut = false;
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

describe.skipIf(postgresPrograms() === null && !requireAll)("a service whose database does not answer", () => {
  let server: PostgresServer;
  const services = new Set<Service>();
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    for (const service of services) await service.close();
    await server?.stop();
  });

  async function start(databaseUrl: string): Promise<Service> {
    const data = join(scratch, "database");
    const service = await composeService({ data, host: "127.0.0.1", port: 0, databaseUrl, logSink: () => {} });
    services.add(service);
    return service;
  }

  test("is alive and not ready, and ready again once it answers; not so where its hold on the database is lost, but after a restart", async () => {
    const database = new URL(await server.createDatabase());
    const line = await createLine(Number(database.port));
    database.port = String(line.port);
    const first = await start(database.href);
    expect(await health(first.origin)).toEqual(up);

    // The service's first connection is its hold on the database, which another service could take once it ends.
    await line.cut((at) => at > 0);
    expect(await health(first.origin)).toEqual(notReady);
    expect(await health(first.origin)).toEqual(notReady);
    line.mend();
    expect(await health(first.origin)).toEqual(up);

    await line.cut((at) => at === 0);
    expect(await health(first.origin)).toEqual(notReady);
    line.mend();
    expect(await health(first.origin)).toEqual(notReady);
    services.delete(first);
    await first.close();
    const second = await start(database.href);
    expect(await health(second.origin)).toEqual(up);
    services.delete(second);
    await second.close();
    await line.close();
  });
});
