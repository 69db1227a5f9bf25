import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createAgent } from "@countersign/client";
import { createNodePorts } from "@countersign/client/node";
import { afterAll, describe, expect, test } from "vitest";
import { createDemoWorld } from "../examples/astropiks/src/world/demo-world.ts";

const launcher = fileURLToPath(new URL("../apps/cli/bin/countersign.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "shutdown-"));
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

interface Serving {
  readonly child: ChildProcess;
  readonly ready: { readonly origin: string };
  log(): string;
}

async function serve(port: number, ...more: readonly string[]): Promise<Serving> {
  const args = ["serve", "--data", folder, "--port", String(port), "--json", ...more];
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.once("close", () => running.delete(child));
  let [out, err] = ["", ""];
  child.stderr.on("data", (part: Buffer) => {
    err += part.toString();
  });
  const ready = await new Promise<Serving["ready"]>((resolve, reject) => {
    child.stdout.on("data", (part: Buffer) => {
      out += part.toString();
      if (out.includes("\n")) resolve(JSON.parse(out) as Serving["ready"]);
    });
    child.once("close", () => reject(new Error(`ended: ${err}`)));
  });
  return { child, ready, log: () => err };
}

/** A request of which the first half of the body was sent: it is in the service's hands, and cannot be answered yet. */
async function halfSent(port: number, path: string, body: string) {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  let answer = "";
  socket.setEncoding("utf8").on("data", (part: string) => {
    answer += part;
  });
  const closed = once(socket, "close");
  const head = [
    `POST ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
    "Expect: 100-continue",
  ];
  // The interim answer says that the service has taken the request up.
  const taken = once(socket, "data");
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  await taken;
  expect(answer).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  answer = "";
  socket.write(body.slice(0, 5));
  return {
    finish: async (): Promise<string> => {
      socket.write(body.slice(5));
      await closed;
      return answer;
    },
  };
}

describe.each(["SIGTERM", "SIGINT"] as const)("a running service that gets %s", (signal) => {
  test("ends its streams, answers the request in its hands, and exits 0", async () => {
    const world = await createDemoWorld({ folder, port: 0, tls: false });
    const { project, port } = world;
    const device = world.devices.iphone();
    await world.close();
    const { child } = await serve(port, "--no-status-list-fetch");
    const exited = once(child, "exit");

    const ports = createNodePorts({
      configuration: project.configuration,
      app: device.app,
      keys: device.keys,
      detectors: device.detectors,
    });
    const streams: Promise<void>[] = [];
    const live = new Promise<void>((resolve) => {
      const service: typeof ports.service = {
        ...ports.service,
        watch: (request, onData, abort) => {
          const stream = ports.service.watch(
            request,
            (data) => {
              onData(data);
              resolve();
            },
            abort,
          );
          streams.push(stream);
          return stream;
        },
      };
      const agent = createAgent({ configuration: project.configuration, ports: { ...ports, service } });
      void agent.start().then(() => agent.refresh("first start"));
      void exited.then(() => agent.stop());
    });
    await live;
    const half = await halfSent(port, "/v1/challenges", JSON.stringify({ v: 1, project: project.id }));

    child.kill(signal);
    // The stream's end shows that the service is closing; the request is still in its hands.
    await streams[0];
    const answer = await half.finish();
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('"challenge":"');
    expect(await exited).toEqual([0, null]);
  }, 30_000);
});

describe("a service that cannot reach the status list", () => {
  test("starts, is ready, and says so in one line of its log", async () => {
    const { child, ready, log } = await serve(0, "--status-list-url", "http://127.0.0.1:1/status");
    expect((await fetch(`${ready.origin}/readyz`)).status).toBe(200);
    await expect.poll(log, { timeout: 20_000 }).toContain("status_list_not_fetched");
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
    const lines = log()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly event?: string });
    expect(lines.filter(({ event }) => event === "status_list_not_fetched")).toHaveLength(1);
  });
});
