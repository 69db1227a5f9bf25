import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Agent } from "@countersign/client";
import { decodeBase64url, placeholderOf } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import type { Middleman } from "@countersign/virtual-device";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { findLeaks } from "../testing/leak-detector.ts";
import { hasMitmproxy, startMitmproxy } from "../testing/mitmproxy.ts";
import { createTlsAuthority, type TlsAuthority } from "../testing/tls-authority.ts";
import { requireAll } from "../testing/vectors.ts";

const folder = mkdtempSync(join(tmpdir(), "channel-"));
const vendor = createTlsAuthority({ name: "In the device store", nowMs: Date.now() });
const managed = createTlsAuthority({ name: "Managed", nowMs: Date.now() });
const secret = "a-key-of-the-sky-that-nobody-else-reads";
const backup = createHash("sha256").update("backup key").digest("base64url");

let world: DemoWorld;
let upstream: Server;
let port = 0;
let placeholder = "";
/** Targets of requests that reached the upstream. */
let targets: string[] = [];
const agents: Agent[] = [];

type Identity = ReturnType<TlsAuthority["issue"]>;

const pinOf = ({ cert }: Identity): string =>
  createHash("sha256")
    .update(new X509Certificate(cert).publicKey.export({ format: "der", type: "spki" }))
    .digest("base64url");

/** From now on the upstream answers under this key and certificate alone. */
function present(identity: Identity, chainPem = ""): void {
  upstream.setSecureContext({ key: identity.key, cert: identity.cert + chainPem });
  upstream.closeAllConnections();
}

/** Declares the upstream anew, as an operator would. */
async function declare(channel: object): Promise<void> {
  const path = `/projects/${world.project.id}/apis/sky`;
  await world.admin.call("PUT", path, { host: "localhost", port, ...channel });
}

/** An agent whose device trusts `store`. */
async function running(
  options: Parameters<DemoWorld["createAgent"]>[1] = {},
  store: readonly string[] = [vendor.pem],
): Promise<Agent> {
  const { agent } = world.createAgent(world.devices.pixel(), { watch: false, trustedCas: store, ...options });
  agents.push(agent);
  await agent.start();
  await agent.refresh();
  return agent;
}

const skyUrl = (): string => `https://localhost:${port}/sky?key=${placeholder}`;

async function outcomeOf(agent: Agent): Promise<unknown> {
  try {
    const response = await agent.fetch(skyUrl());
    await response.text();
    return response.status;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

async function expectRefused(agent: Agent): Promise<void> {
  const before = targets.length;
  expect(await outcomeOf(agent)).toBe("channel_refused");
  expect(targets).toHaveLength(before);
}

/** The signals of the agent's next statement, as the service's trace has them. */
async function signalsOfNext(agent: Agent): Promise<readonly string[]> {
  const { arc } = await agent.refresh();
  const path = `/projects/${world.project.id}/arcs/${arc}`;
  return (await world.admin.call<{ signals: readonly string[] }>("GET", path)).signals;
}

beforeAll(async () => {
  world = await createDemoWorld({ folder, port: 0, tls: true });
  upstream = createServer(vendor.issue(["localhost"]), (request, response) => {
    targets.push(request.url ?? "");
    response.end("stars");
  });
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  port = (upstream.address() as AddressInfo).port;
  const base = `/projects/${world.project.id}`;
  await world.admin.call("POST", `${base}/apis`, { id: "sky", host: "localhost", port, channel: "system" });
  const places = [{ api: "sky", methods: ["GET"], path: "/sky", in: "query", name: "key", when: "placeholder" }];
  await world.admin.call("PUT", `${base}/secrets/sky-key`, { value: secret, mode: "delivered", places });
  placeholder = placeholderOf(sha256, decodeBase64url(world.project.id, 16) ?? new Uint8Array(), "sky-key");
});
afterEach(() => {
  for (const agent of agents.splice(0)) agent.stop();
  targets = [];
});
afterAll(async () => {
  upstream.closeAllConnections();
  upstream.close();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a channel of managed roots", () => {
  const roots = { channel: "roots", roots: [managed.pem] };

  it("is open to a chain that both the device store and the managed roots know, by whatever path", async () => {
    await declare(roots);
    const agent = await running();
    present(managed.issue(["localhost"]), vendor.vouchFor(managed, {}));
    expect(await outcomeOf(agent)).toBe(200);
    expect(targets).toEqual([`/sky?key=${secret}`]);
  });

  it("is refused to a chain that only the device store knows, and to one that only the managed roots know", async () => {
    await declare(roots);
    const agent = await running();
    present(vendor.issue(["localhost"]));
    await expectRefused(agent);
    present(managed.issue(["localhost"]));
    await expectRefused(agent);
    expect(await signalsOfNext(agent)).toContain("mitm");
  });
});

describe("pins that change over the air", () => {
  it("keep a running app connected while the upstream's key is replaced, and shut out the key that was", async () => {
    const [first, second] = [vendor.issue(["localhost"]), vendor.issue(["localhost"])];
    await declare({ channel: "pins", pins: [pinOf(first), backup] });
    present(first);
    const agent = await running({ watch: true });
    expect(await outcomeOf(agent)).toBe(200);
    await expect.poll(() => agent.state().watching).toBe(true);
    const version = (): number => agent.state().manifest?.version ?? 0;
    const behind = await running();
    expect(await outcomeOf(behind)).toBe(200);

    const former = version();
    await declare({ channel: "pins", pins: [pinOf(first), pinOf(second)] });
    await expect.poll(version, { timeout: 20_000 }).toBeGreaterThan(former);
    const between = version();
    expect(await outcomeOf(agent)).toBe(200);
    present(second);
    expect(await outcomeOf(agent)).toBe(200);
    // Control: an app that holds the former manifest is locked out, until it asks.
    await expectRefused(behind);
    await behind.refresh();
    expect(await outcomeOf(behind)).toBe(200);

    await declare({ channel: "pins", pins: [pinOf(second), backup] });
    await expect.poll(version, { timeout: 20_000 }).toBeGreaterThan(between);
    expect(await outcomeOf(agent)).toBe(200);
    present(first);
    await expectRefused(agent);
  });
});

describe("the service's own look at an upstream", () => {
  it("tells the operator of a key that no declared pin names, before an app meets it", async () => {
    await declare({ channel: "pins", pins: [backup, createHash("sha256").update("another").digest("base64url")] });
    present(vendor.issue(["localhost"]));
    await world.service.domain.watchCertificates();
    const { chain } = await world.admin.call<{ chain: { findings: { problem: string }[] } }>(
      "GET",
      `/projects/${world.project.id}/apis/sky`,
    );
    expect(chain.findings.map(({ problem }) => problem)).toContain("pin_absent");
    const { warnings } = await world.admin.call<{ warnings: readonly string[] }>("GET", "/status");
    expect(warnings).toContain("The API sky of AstroPiks: no declared pin is in its chain.");
    expect(targets).toEqual([]);
  });
});

/** Puts these members into every signed answer and, as the body, into every manifest that is got by itself. */
const replacing =
  (members: () => Readonly<Record<string, unknown>>): Middleman =>
  async (request, forward) => {
    const answer = await forward(request);
    const said = JSON.parse(Buffer.from(answer.body).toString()) as Readonly<Record<string, unknown>>;
    const isManifest = request.path.startsWith("/v1/manifest/");
    if (!isManifest && !("kid" in said && "signed" in said)) return answer;
    const { manifest } = members();
    const next = isManifest ? (manifest ?? said) : { ...said, ...members() };
    return { ...answer, body: new Uint8Array(Buffer.from(JSON.stringify(next))) };
  };

// A manifest that went stale: agent-clock.test.ts. Older, foreign and recovered key lists: agent-trust.test.ts and recovery.test.ts.
describe("what is published over the air", () => {
  const system = { channel: "system" };
  const shifted = (text: unknown): string => `${String(text).startsWith("A") ? "B" : "A"}${String(text).slice(1)}`;

  it.each(["keys", "manifest"] as const)("is refused where the %s came with another's signature", async (member) => {
    await declare(system);
    const taken: Record<string, unknown> = {};
    const observer: Middleman = async (request, forward) => {
      const answer = await forward(request);
      Object.assign(taken, JSON.parse(Buffer.from(answer.body).toString()));
      return answer;
    };
    await running({ middleman: observer });
    const envelope = taken[member] as Readonly<Record<string, unknown>>;
    const forged = { ...envelope, signature: shifted(envelope.signature) };
    const { agent } = world.createAgent(world.devices.pixel(), {
      watch: false,
      middleman: replacing(() => ({ [member]: forged })),
    });
    agents.push(agent);
    await expect(agent.refresh()).rejects.toMatchObject({ code: "service_untrusted" });
    expect(agent.state()).toMatchObject({ session: null, [member]: null });
  });

  it("is refused where a manifest older than the one that is held, or than is named, takes its place", async () => {
    await declare(system);
    let old: unknown = null;
    let isHeldBack = false;
    const held: Middleman = (request, forward) =>
      isHeldBack ? replacing(() => ({ manifest: old }))(request, forward) : keeping(request, forward);
    const keeping: Middleman = async (request, forward) => {
      const answer = await forward(request);
      const said = JSON.parse(Buffer.from(answer.body).toString()) as Readonly<Record<string, unknown>>;
      old ??= said.manifest ?? null;
      return answer;
    };
    const agent = await running({ middleman: held });
    expect(old).not.toBeNull();
    const before = agent.state().manifest?.version ?? 0;
    await declare({ channel: "pins", pins: [backup, vendor.spkiPin] });
    isHeldBack = true;
    await expect(agent.refresh()).rejects.toMatchObject({ code: "service_untrusted" });
    expect(agent.state().manifest?.version).toBe(before);
    isHeldBack = false;
    await agent.refresh();
    const after = agent.state().manifest?.version ?? 0;
    expect(after).toBeGreaterThan(before);
    isHeldBack = true;
    await expect(agent.refresh()).rejects.toMatchObject({ code: "service_untrusted" });
    expect(agent.state().manifest?.version).toBe(after);
  });
});

// Between app and service: mitmproxy.test.ts.
describe.skipIf(!hasMitmproxy && !requireAll)("mitmproxy under a CA that the process trusts", () => {
  const channels = (): readonly object[] => [
    { channel: "pins", pins: [vendor.spkiPin, backup] },
    { channel: "roots", roots: [vendor.pem] },
    { channel: "both", pins: [vendor.spkiPin, backup], roots: [vendor.pem] },
  ];

  it("is refused on every channel but the device store's own, and the next session carries the signal", async () => {
    present(vendor.issue(["localhost"]));
    const proxy = await startMitmproxy({ port });
    const divert = (_host: string, to: number): number | null => (to === port ? proxy.port : null);
    for (const channel of channels()) {
      await declare(channel);
      const agent = await running({ divert }, [vendor.pem, proxy.caPem]);
      await expectRefused(agent);
      expect(await signalsOfNext(agent)).toContain("mitm");
      const direct = await running({}, [vendor.pem, proxy.caPem]);
      expect(await outcomeOf(direct)).toBe(200);
    }
    expect(findLeaks(await proxy.stop(), secret)).toEqual([]);
  });

  it("does read the key on the device store's own channel: the search can find it", async () => {
    await declare({ channel: "system" });
    const proxy = await startMitmproxy({ port });
    const divert = (_host: string, to: number): number | null => (to === port ? proxy.port : null);
    expect(await outcomeOf(await running({ divert }, [vendor.pem, proxy.caPem]))).toBe(200);
    expect(findLeaks(await proxy.stop(), secret)).not.toEqual([]);
  });
});
