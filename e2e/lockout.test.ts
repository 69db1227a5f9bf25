import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Detectors } from "@countersign/client";
import * as today from "@countersign/client";
import { createNodePorts } from "@countersign/client/node";
import { decodeBase64url, placeholderOf } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import type { VirtualDevice } from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processIo } from "../apps/cli/src/cli-io.ts";
import { runCli } from "../apps/cli/src/run-cli.ts";
import { type SdkRelease, sdkReleases } from "../apps/server/src/domain/lockout/sdk-knowledge.ts";
import { createDeviceStorage, type DeviceStorage } from "../examples/astropiks/src/world/demo-agent.ts";
import { demoApp } from "../examples/astropiks/src/world/demo-app.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { buildOlderAgent, type Lack, type OlderAgent } from "../packages/client/src/testing/older-agents.ts";
import { createTlsAuthority } from "../testing/tls-authority.ts";

/*
 * The oracle: real agents on virtual devices, each an installed version, before a real service and hosts that refuse what real backends refuse. A change is
 * simulated, then published, then every version is started and calls everything. What fails then and did not fail before must be exactly what was named.
 */

// What agents of made-up earlier versions lacked, and the rows of the table that say so. The last but one of them is a row of the real table.
const entries = "packages/protocol/src/manifest-entries.ts";
const lackOf = {
  sdk: (version: string): Lack => ({
    file: "packages/client/src/statement/build-statement.ts",
    find: `export const sdk = "countersign-js/0.1.0";`,
    replace: `export const sdk = "countersign-js/${version}";`,
  }),
  roots: {
    file: entries,
    find: `knownOf(["pins", "roots", "both", "system"])`,
    replace: `knownOf(["pins", "system"])`,
  },
  thirdPin: { file: entries, find: "list({ max: limits.pinsMax }", replace: "list({ max: 2 }" },
  httpsig: { file: entries, find: `knownOf(["dpop", "httpsig"])`, replace: `knownOf(["dpop"])` },
  always: { file: entries, find: `knownOf(["placeholder", "always"])`, replace: `knownOf(["placeholder"])` },
  binding: {
    file: entries,
    find: `const bindingMember = token.optional("binding");`,
    replace: "const bindingMember = null as ValueReader | null;",
  },
  limitedUse: {
    file: entries,
    find: `const limitedUse = token.optional("limitedUse");`,
    replace: "const limitedUse = null as ValueReader | null;",
  },
} as const;
const firstRow = sdkReleases[0];
if (firstRow === undefined) throw new TypeError("the table of agents has a row");
const { knowledge } = firstRow;
const older = [
  {
    version: "0.0.1",
    knows: { ...knowledge, channels: ["pins", "system"], pins: 2, proofs: ["dpop"], placesWhen: ["placeholder"] },
    lacks: [lackOf.roots, lackOf.thirdPin, lackOf.httpsig, lackOf.always],
  },
  {
    version: "0.0.2",
    knows: { ...knowledge, proofs: ["dpop"], placesWhen: ["placeholder"] },
    lacks: [lackOf.httpsig, lackOf.always],
  },
  { version: "0.0.3", knows: { ...knowledge, placesWhen: ["placeholder"] }, lacks: [lackOf.always] },
  { version: "0.0.4", knows: knowledge, lacks: [] },
] as const;
const table: readonly SdkRelease[] = [
  ...older.map(({ version, knows }) => ({ name: "countersign-js", from: version, knowledge: knows })),
  ...sdkReleases.slice(1),
];

const folder = mkdtempSync(join(tmpdir(), "lockout-"));
const vendor = createTlsAuthority({ name: "In the device store", nowMs: Date.now() });
const managed = createTlsAuthority({ name: "Managed by nobody", nowMs: Date.now() });
const secret = "a-key-of-the-sky";
const identity = vendor.issue(["localhost"]);
const pinOf = (pem: string): string =>
  createHash("sha256")
    .update(new X509Certificate(pem).publicKey.export({ format: "der", type: "spki" }))
    .digest("base64url");
const pins = [pinOf(identity.cert), createHash("sha256").update("backup").digest("base64url")];
const foreignPins = ["one", "another"].map((name) => createHash("sha256").update(name).digest("base64url"));

interface Installed {
  readonly name: string;
  readonly device: VirtualDevice;
  readonly storage: DeviceStorage;
  readonly agents: OlderAgent;
}

let world: DemoWorld;
let base = "";
let placeholder = "";
const hosts: Server[] = [];
let [skyPort, backPort, elsewherePort] = [0, 0, 0];
let fleet: readonly Installed[] = [];
/** How the backend is to judge the tokens it gets, beyond that there is one. */
let backend: "any" | "once" | "bound" | "bound to one" = "any";
let seenTokens = new Set<string>();

async function host(answer: (request: IncomingMessage) => boolean): Promise<number> {
  const server = createServer({ key: identity.key, cert: identity.cert }, (request, response) => {
    response.statusCode = answer(request) ? 200 : 401;
    response.end("stars");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  hosts.push(server);
  return (server.address() as AddressInfo).port;
}

/** A backend refuses a call without a token, a token that was used, or one that is bound to other header values. */
function acceptsToken({ headers }: IncomingMessage): boolean {
  const token = String(headers["x-token"] ?? "");
  if (token === "") return false;
  if (backend === "once" && seenTokens.has(token)) return false;
  seenTokens.add(token);
  if (backend === "any" || backend === "once") return true;
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { pay?: string };
  const values = backend === "bound" ? [headers["x-user"], headers["x-shop"]] : [headers["x-user"]];
  const bound = values.map((value) => String(value).trim()).join("");
  return claims.pay === createHash("sha256").update(bound).digest("base64");
}

const call = (method: "PUT" | "POST" | "PATCH" | "DELETE", path: string, body?: object): Promise<unknown> =>
  world.admin.call(method, `${base}${path}`, body);

const sky = (more: object = {}): object => ({ host: "localhost", port: skyPort, channel: "system", ...more });
const token = { header: "X-Token", prefix: "", profile: "approov" };
const back = (more: object = {}): object => ({ host: "localhost", port: backPort, channel: "system", token, ...more });
const place = { api: "sky", methods: ["GET"], path: "/sky", in: "query", name: "key", when: "placeholder" };
const app = {
  ios: { appIds: [demoApp.appId] },
  android: { packageName: demoApp.packageName, signingDigests: [demoApp.signingDigest] },
};

function installed(name: string, device: VirtualDevice, agents: OlderAgent): Installed {
  return { name, device, agents, storage: createDeviceStorage() };
}

/** The detectors of a later build. */
function withTamper(detectors: Detectors): Detectors {
  return {
    observe: async () => {
      const { detectors: ran, seen } = await detectors.observe();
      return { detectors: { ...ran, tamper: 1 }, seen };
    },
  };
}

/** What one started app cannot do: as `VERSION` where it is refused as a whole, as `VERSION api` where calls of an API fail. */
async function failuresOf({ name, device, storage, agents }: Installed): Promise<readonly string[]> {
  const { configuration } = world.project;
  const ports = agents.createNodePorts({
    configuration,
    app: device.app,
    keys: device.keys,
    detectors: device.detectors,
    storage,
    trustedCas: [vendor.pem, world.standInCa],
  });
  const agent = agents.createAgent({ configuration, ports, options: { watch: false } });
  try {
    await agent.start();
    const refreshed = await agent.refresh().catch(() => null);
    if (refreshed?.outcome !== "session") return [name];
    const sky = await status(agent, `https://localhost:${skyPort}/sky?key=${placeholder}`);
    const first = await status(agent, `https://localhost:${backPort}/`);
    const second = await status(agent, `https://localhost:${backPort}/`);
    return [...(sky === 200 ? [] : [`${name} sky`]), ...(first === 200 && second === 200 ? [] : [`${name} back`])];
  } finally {
    agent.stop();
  }
}

async function status(agent: ReturnType<typeof today.createAgent>, url: string): Promise<number | null> {
  const headers = { "x-user": "ada", "x-shop": "prague" };
  const response = await agent.fetch(url, { headers }).catch(() => null);
  await response?.text();
  return response?.status ?? null;
}

async function failures(): Promise<readonly string[]> {
  seenTokens = new Set();
  return (await Promise.all(fleet.map(failuresOf))).flat().toSorted();
}

interface Simulated {
  readonly lockedOut: readonly {
    readonly platform: string;
    readonly build: string;
    readonly api: string | null;
    readonly reason: string;
    readonly instances: number;
    readonly fromMs: number;
  }[];
  readonly notJudged: readonly { readonly what: string; readonly name: string }[];
  readonly versions: number;
}

async function simulated(change: object): Promise<Simulated> {
  return (await call("POST", "/simulations", change)) as Simulated;
}

/** As the failures of started apps are written. */
function named({ lockedOut }: Simulated): readonly string[] {
  return lockedOut.map(({ platform, build, api }) => `${platform} ${build}${api === null ? "" : ` ${api}`}`).toSorted();
}

const reasonsSeen = new Set<string>();

/** Simulates, publishes, starts every app, and puts everything back. */
async function bothWays(
  change: object,
  publish: () => Promise<unknown>,
  restore: () => Promise<unknown>,
): Promise<Simulated> {
  const before = await failures();
  const said = await simulated(change);
  await publish();
  try {
    const fails = (await failures()).filter((each) => !before.includes(each));
    expect(named(said)).toEqual(fails);
  } finally {
    backend = "any";
    await restore();
  }
  for (const { reason } of said.lockedOut) reasonsSeen.add(reason);
  expect(said.notJudged).toEqual([]);
  return said;
}

const reasonsOf = ({ lockedOut }: Simulated): readonly string[] => [...new Set(lockedOut.map(({ reason }) => reason))];

beforeAll(async () => {
  const cas = join(folder, "device-store.pem");
  writeFileSync(cas, vendor.pem);
  world = await createDemoWorld({
    folder: join(folder, "data"),
    port: 0,
    tls: false,
    service: {
      sdkReleases: table,
      upstreamCa: cas,
      limits: { enrolmentsPerMinute: 10_000, challengesPerMinute: 10_000, sessionsPerInstancePerMinute: 10_000 },
    },
  });
  base = `/projects/${world.project.id}`;
  // Nothing but the two hosts of this test is left of the demo: an agent of no use to the story calls no other.
  for (const name of ["nasa-api-key", "nasa-api-key-brokered"]) await call("DELETE", `/secrets/${name}`);
  for (const name of ["nasa", "backend"]) await call("DELETE", `/apis/${name}`);
  skyPort = await host((request) => request.url === `/sky?key=${secret}`);
  backPort = await host(acceptsToken);
  elsewherePort = await host(acceptsToken);
  await call("POST", "/apis", { id: "sky", ...sky() });
  await call("POST", "/apis", { id: "back", ...back() });
  await call("PUT", "/secrets/sky-key", { value: secret, mode: "delivered", places: [place] });
  placeholder = placeholderOf(sha256, decodeBase64url(world.project.id, 16) ?? new Uint8Array(), "sky-key");

  const { claims } = demoApp;
  const now: OlderAgent = { createAgent: today.createAgent, createNodePorts };
  const pixel = (build: number): VirtualDevice =>
    world.devices.pixel({ versionCode: build, app: { ...claims, build: String(build) } });
  const iphone = (build: string, ios: "18" | "27"): VirtualDevice =>
    world.devices.iphone({ ios, app: { ...claims, build } });
  const watchful = pixel(102);
  fleet = [
    ...(await Promise.all(
      older.map(async ({ version, lacks }, index) => {
        const agents = await buildOlderAgent([lackOf.sdk(version), lackOf.binding, lackOf.limitedUse, ...lacks]);
        return installed(`android ${90 + index}`, pixel(90 + index), agents);
      }),
    )),
    installed("android 100", pixel(100), now),
    installed("android 101", pixel(101), now),
    installed("android 102", { ...watchful, detectors: withTamper(watchful.detectors) }, now),
    installed("ios 100", iphone("100", "18"), now),
    installed("ios 101", iphone("101", "27"), now),
  ];
  for (const build of ["90", "91", "92", "93", "100", "101", "102"])
    await call("PUT", `/apps/astropiks/releases/android/${build}`, { status: "active" });
  for (const build of ["100", "101"]) await call("PUT", `/apps/astropiks/releases/ios/${build}`, { status: "active" });
}, 120_000);

afterAll(async () => {
  for (const each of hosts) each.closeAllConnections();
  for (const each of hosts) each.close();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a fleet recorded from running agents", { timeout: 60_000 }, () => {
  it("is what was run: every version, its build as attested, once", async () => {
    expect(await failures()).toEqual([]);
    await failures();
    const { versions } = await world.admin.call<{
      versions: readonly { platform: string; build: string; attested: string | null; instances: number; sdk: string }[];
    }>("GET", `${base}/apps/astropiks/versions`);
    expect(versions.map(({ platform, build }) => `${platform} ${build}`).toSorted()).toEqual(
      fleet.map(({ name }) => name).toSorted(),
    );
    for (const each of versions) {
      expect(each.instances).toBe(1);
      expect([each.build, each.attested]).toEqual([
        each.build,
        each.build === "100" && each.platform === "ios" ? null : each.build,
      ]);
    }
    expect(new Set(versions.map(({ sdk }) => sdk))).toEqual(
      new Set(["0.0.1", "0.0.2", "0.0.3", "0.0.4", "0.1.0"].map((version) => `countersign-js/${version}`)),
    );
  });

  const putSky = (api: object) =>
    bothWays(
      { change: "api.put", id: "sky", api },
      () => call("PUT", "/apis/sky", api),
      () => call("PUT", "/apis/sky", sky()),
    );
  /** `judging`: how the backend judges tokens once the change is published, as its operator wants them. */
  const putBack = (api: object, judging: typeof backend = "any") =>
    bothWays(
      { change: "api.put", id: "back", api },
      () => {
        backend = judging;
        return call("PUT", "/apis/back", api);
      },
      () => call("PUT", "/apis/back", back()),
    );

  it("loses nothing by pins that are in the live chain", async () => {
    expect(named(await putSky(sky({ channel: "pins", pins })))).toEqual([]);
  });

  it("loses every version by pins that are not", async () => {
    const said = await putSky(sky({ channel: "pins", pins: foreignPins }));
    expect(reasonsOf(said)).toEqual(["pin_absent"]);
    expect(said.lockedOut).toHaveLength(fleet.length);
  });

  it("loses the agents that do not know managed roots, and no other, where the root is good", async () => {
    expect(named(await putSky(sky({ channel: "roots", roots: [vendor.pem] })))).toEqual(["android 90 sky"]);
  });

  it("loses all where the root is another's", async () => {
    const said = await putSky(sky({ channel: "both", pins, roots: [managed.pem] }));
    expect(reasonsOf(said).toSorted()).toEqual(["channel_unknown", "root_refused"]);
    expect(said.lockedOut).toHaveLength(fleet.length);
  });

  it("loses the agents that cannot read so many pins, as a whole", async () => {
    const said = await putSky(sky({ channel: "pins", pins: [...pins, ...foreignPins] }));
    expect([named(said), reasonsOf(said)]).toEqual([["android 90"], ["manifest_unreadable"]]);
  });

  it("loses the agents that do not know a proof", async () => {
    const said = await putBack(back({ token: { ...token, proof: "httpsig" } }));
    expect([named(said), reasonsOf(said)]).toEqual([["android 90 back", "android 91 back"], ["proof_unknown"]]);
  });

  const eldest = ["android 90 back", "android 91 back", "android 92 back", "android 93 back"];

  it("loses the agents that join bound values in another way, only where there are several", async () => {
    const said = await putBack(back({ token: { ...token, bind: ["X-User", "X-Shop"] } }), "bound");
    expect([named(said), reasonsOf(said)]).toEqual([eldest, ["binding_unknown"]]);
    expect(named(await putBack(back({ token: { ...token, bind: ["X-User"] } }), "bound to one"))).toEqual([]);
  });

  it("loses the agents that use a token twice where it counts once", async () => {
    const said = await putBack(back({ token: { ...token, limitedUse: true } }), "once");
    expect([named(said), reasonsOf(said)]).toEqual([eldest, ["limited_use_unknown"]]);
  });

  it("loses every version by an API that is removed, or moves", async () => {
    const remove = await bothWays(
      { change: "api.remove", id: "back" },
      () => call("DELETE", "/apis/back"),
      () => call("POST", "/apis", { id: "back", ...back() }),
    );
    const move = await putBack(back({ port: elsewherePort }));
    for (const said of [remove, move]) {
      expect(said.lockedOut).toHaveLength(fleet.length);
      expect(reasonsOf(said)).toEqual(["api_removed"]);
    }
  });

  const putPlaces = (places: readonly object[]) =>
    bothWays(
      { change: "secret.put", name: "sky-key", secret: { places } },
      () => call("PUT", "/secrets/sky-key", { value: secret, mode: "delivered", places }),
      () => call("PUT", "/secrets/sky-key", { value: secret, mode: "delivered", places: [place] }),
    );

  it("loses nothing by a further place, and every version by one that goes", async () => {
    expect(named(await putPlaces([place, { ...place, in: "header", name: "X-Key" }]))).toEqual([]);
    const said = await putPlaces([{ ...place, name: "api_key" }]);
    expect([said.lockedOut.length, reasonsOf(said)]).toEqual([fleet.length, ["place_removed"]]);
  });

  it("loses the agents that do not know how a place is filled", async () => {
    const said = await putPlaces([{ ...place, when: "always" }]);
    expect([named(said), reasonsOf(said)]).toEqual([
      ["android 90 sky", "android 91 sky", "android 92 sky"],
      ["place_unknown"],
    ]);
  });

  it("loses every version by a secret that goes", async () => {
    const said = await bothWays(
      { change: "secret.remove", name: "sky-key" },
      () => call("DELETE", "/secrets/sky-key"),
      () => call("PUT", "/secrets/sky-key", { value: secret, mode: "delivered", places: [place] }),
    );
    expect(said.lockedOut).toHaveLength(fleet.length);
  });

  it.each(["android", "ios"])("loses a withdrawn release on %s, and none by one that nobody runs", async (platform) => {
    const put = (version: string) => {
      const path = `/apps/astropiks/releases/${platform}/${version}`;
      const release = { status: "withdrawn" };
      return bothWays(
        { change: "release.put", app: "astropiks", platform, version, release },
        () => call("PUT", path, release),
        () => call("PUT", path, { status: "active" }),
      );
    };
    expect(named(await put("101"))).toEqual([`${platform} 101`]);
    expect(named(await put("77"))).toEqual([]);
  });

  it("loses a release that has expired, and tells of the day where it has not", async () => {
    const name = { app: "astropiks", platform: "android", version: "100" };
    const put = (expiresAtMs: number | null) =>
      call("PUT", "/apps/astropiks/releases/android/100", { status: "active", expiresAtMs });
    const expired = { status: "active", expiresAtMs: world.clock.nowMs() - 1000 };
    const said = await bothWays(
      { change: "release.put", ...name, release: expired },
      () => put(expired.expiresAtMs),
      () => put(null),
    );
    expect([named(said), reasonsOf(said)]).toEqual([["android 100"], ["release_expired"]]);
    const ahead = world.clock.nowMs() + 86_400_000;
    const later = await simulated({
      change: "release.put",
      ...name,
      release: { status: "active", expiresAtMs: ahead },
    });
    expect(later.lockedOut).toMatchObject([{ build: "100", reason: "release_expired", fromMs: ahead }]);
  });

  const putApp = (change: object) =>
    bothWays(
      { change: "app.put", id: "astropiks", app: change },
      () => call("PUT", "/apps/astropiks", change),
      () => call("PUT", "/apps/astropiks", { ...app, releases: "any" }),
    );

  it("loses the versions that no evidence names where listed ones alone count", async () => {
    const said = await putApp({ ...app, releases: "listed" });
    expect([named(said), reasonsOf(said)]).toEqual([["ios 100"], ["release_unregistered"]]);
  });

  it("loses a platform, or the builds of a certificate, that is not registered any more", async () => {
    const platform = await putApp({ android: app.android });
    expect([named(platform), reasonsOf(platform)]).toEqual([["ios 100", "ios 101"], ["platform_removed"]]);
    const certificate = await putApp({ ...app, android: { ...app.android, signingDigests: ["00".repeat(32)] } });
    expect(reasonsOf(certificate)).toEqual(["identity_removed"]);
    expect(named(certificate).every((name) => name.startsWith("android"))).toBe(true);
    expect(certificate.lockedOut).toHaveLength(7);
  });

  it("loses the app that is removed", async () => {
    const said = await bothWays(
      { change: "app.remove", id: "astropiks" },
      () => call("DELETE", "/apps/astropiks"),
      () => call("POST", "/apps", { id: "astropiks", ...app }),
    );
    expect([said.lockedOut.length, reasonsOf(said)]).toEqual([fleet.length, ["app_removed"]]);
  });

  it("loses the versions that lack a demanded detector", async () => {
    const put = (requiredDetectors: readonly string[]) => call("PATCH", "", { requiredDetectors });
    const said = await bothWays(
      { change: "settings", settings: { requiredDetectors: ["tamper"] } },
      () => put(["tamper"]),
      () => put([]),
    );
    expect(reasonsOf(said)).toEqual(["detector_missing"]);
    expect(named(said)).not.toContain("android 102");
    expect(said.lockedOut).toHaveLength(fleet.length - 1);
  });

  it("says what it cannot tell: a chain out of reach, a setting that refuses by device", async () => {
    const api = { host: "localhost", port: 1, channel: "pins", pins };
    expect((await simulated({ change: "api.put", id: "dark", api })).notJudged).toEqual([
      { what: "chain", name: "dark" },
    ]);
    const settings = { requireStrongBox: true };
    expect((await simulated({ change: "settings", settings })).notJudged).toEqual([
      { what: "setting", name: "requireStrongBox" },
    ]);
  });

  it("is told at the command line: a row for each version, and exit code 1", async () => {
    const env = {
      COUNTERSIGN_URL: world.origin,
      COUNTERSIGN_TOKEN: world.folder.readToken() ?? "",
      COUNTERSIGN_PROJECT: world.project.id,
    };
    const ran = async (...args: string[]): Promise<readonly [number, string]> => {
      let out = "";
      const print = (text: string): void => {
        out += text;
      };
      const io = { ...processIo(), env, stdout: print, stderr: print, isTerminal: false };
      return [await runCli(args, io), out];
    };
    const withdrawn = ["release", "simulate", "astropiks", "ios", "101", "--withdraw"];
    const [code, out] = await ran(...withdrawn);
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/^astropiks +ios +1\.0\.0 +101 +countersign-js\/0\.1\.0 +- +release_withdrawn +~1 /m),
    ]);
    expect(JSON.parse((await ran(...withdrawn, "--json"))[1])).toMatchObject({
      ok: false,
      lockedOut: [{ build: "101" }],
    });
    const declared = ["--host", "localhost", "--port", String(skyPort)];
    const [pinned, table] = await ran(
      "api",
      "simulate",
      "sky",
      ...declared,
      ...foreignPins.flatMap((pin) => ["--pin", pin]),
    );
    expect([pinned, table.match(/ sky +pin_absent /g)]).toMatchObject([1, { length: fleet.length }]);
    expect(await ran("api", "simulate", "sky", ...declared, ...pins.flatMap((pin) => ["--pin", pin]))).toEqual([
      0,
      `Locks out none of ${fleet.length} versions that were seen.\n`,
    ]);
    const [listed, versions] = await ran("app", "versions", "astropiks");
    expect([listed, versions.split("\n").filter((line) => line.includes("countersign-js/0."))]).toMatchObject([
      0,
      { length: fleet.length },
    ]);
  });

  it("is left as it was: nothing that was simulated was written", async () => {
    expect(await failures()).toEqual([]);
  });

  it("holds no version that only a rooted device claims, and one that is refused for its release", async () => {
    const { claims } = demoApp;
    const rooted = world.devices.pixel({ app: { ...claims, build: "666" } });
    rooted.see({ name: "root", count: 1, ageSeconds: 0 });
    const now: OlderAgent = { createAgent: today.createAgent, createNodePorts };
    expect(await failuresOf(installed("rooted", rooted, now))).toEqual(["rooted"]);
    const withdrawn = world.devices.pixel({ versionCode: 99, app: { ...claims, build: "99" } });
    await call("PUT", "/apps/astropiks/releases/android/99", { status: "withdrawn" });
    expect(await failuresOf(installed("withdrawn", withdrawn, now))).toEqual(["withdrawn"]);
    const { versions } = await world.admin.call<{ versions: readonly { build: string }[] }>(
      "GET",
      `${base}/apps/astropiks/versions`,
    );
    const builds = versions.map(({ build }) => build);
    expect([builds.includes("666"), builds.includes("99")]).toEqual([false, true]);
    // What is refused already is not locked out by whatever comes.
    expect(named(await simulated({ change: "app.remove", id: "astropiks" }))).not.toContain("android 99");
  });
});

describe("the reasons", () => {
  it("were each proven by agents that failed for them, but those that only a made fleet has", () => {
    expect([...reasonsSeen].toSorted()).toEqual([
      "api_removed",
      "app_removed",
      "binding_unknown",
      "channel_unknown",
      "detector_missing",
      "identity_removed",
      "limited_use_unknown",
      "manifest_unreadable",
      "pin_absent",
      "place_removed",
      "place_unknown",
      "platform_removed",
      "proof_unknown",
      "release_expired",
      "release_unregistered",
      "release_withdrawn",
      "root_refused",
    ]);
  });
});
