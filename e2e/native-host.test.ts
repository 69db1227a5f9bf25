import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createContext, runInContext } from "node:vm";
import type { Storage } from "@countersign/client";
import {
  memoryStorage,
  nodeChannelTransport,
  nodeServiceTransport,
  nodeSocketTransport,
} from "@countersign/client/node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { demoNames } from "../examples/astropiks/src/world/demo-app.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { coreScript } from "../scripts/build-core-script.ts";
import { swiftFolder } from "../testing/native/compile-swift.ts";
import { hasJava, nativeModules } from "../testing/native/installed.ts";
import { answersGiven, compileKotlinCore, startKotlinCore } from "../testing/native/kotlin-core.ts";
import { compileSwiftCore, startSwiftCore } from "../testing/native/swift-core.ts";
import { createNativeHalf, type NativeHalf } from "../testing/native-half.ts";
import { createScriptHost, type ScriptAsked, type ScriptHostLink, type ScriptTold } from "../testing/script-host.ts";
import { requireAll } from "../testing/vectors.ts";

const jsc = process.env.JSC_PATH ?? "/usr/bin/jsc";
const folder = mkdtempSync(join(tmpdir(), "native-host-"));
const running: ChildProcess[] = [];
let world: DemoWorld;
let script = "";

beforeAll(async () => {
  world = await createDemoWorld({ folder: join(folder, "data"), port: 0, tls: false });
  script = await coreScript();
  if (hasSwift) expect(compileSwiftCore(folder)).toEqual([]);
  if (hasKotlin) expect(compileKotlinCore(folder)).toEqual([]);
}, 300_000);
afterEach(() => {
  for (const child of running.splice(0)) child.kill();
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Where the script runs: hands it what is told, and the host what it asks. */
type Engine = (onAsked: (asked: ScriptAsked) => void) => { readonly tell: (told: ScriptTold) => void };

/** A realm with nothing in it but the language and the host. */
const emptyRealm: Engine = (onAsked) => {
  const context = createContext(Object.create(null) as object);
  const give = runInContext("(name, value) => { globalThis[name] = value; }", context) as (
    n: string,
    v: unknown,
  ) => void;
  give("countersignHost", {
    call: (id: number, name: string, of: string) => onAsked({ kind: "call", id, name, of }),
    after: (id: number, delayMs: number) => onAsked({ kind: "after", id, delayMs }),
    answer: (id: number, text: string) => onAsked({ kind: "answer", id, text }),
    randomBytes: (length: number) => randomBytes(length).toString("base64url"),
    continuousMs: () => performance.now(),
  });
  runInContext(script, context);
  const agent = runInContext("countersign", context) as Record<string, (...of: unknown[]) => void>;
  return {
    tell: (told) => {
      if (told.kind === "ask") agent.ask?.(told.id, told.name, told.of);
      else if (told.kind === "answered") agent.answered?.(told.id, told.text);
      else agent.passed?.(told.id);
    },
  };
};

/** The host in the engine's own shell: lines of JSON out and in. What must come at once is waited for on the spot; what was told before it waits. */
const shell = `
const say = (value) => print(JSON.stringify(value));
const told = [];
const next = () => told.shift() ?? JSON.parse(readline());
const atOnce = (asked) => {
  say(asked);
  for (;;) {
    const line = JSON.parse(readline());
    if (line.kind === "atOnce") return line.value;
    told.push(line);
  }
};
globalThis.countersignHost = {
  call: (id, name, of) => say({ kind: "call", id, name, of }),
  after: (id, delayMs) => say({ kind: "after", id, delayMs }),
  answer: (id, text) => say({ kind: "answer", id, text }),
  randomBytes: (length) => atOnce({ kind: "random", length }),
  continuousMs: () => atOnce({ kind: "now" }),
};
`;
const loop = `
for (let line = next(); ; line = next()) {
  if (line.kind === "ask") countersign.ask(line.id, line.name, line.of);
  else if (line.kind === "answered") countersign.answered(line.id, line.text);
  else countersign.passed(line.id);
  drainMicrotasks();
}
`;

/** Apple's engine, as a process of its own. */
const javaScriptCore: Engine = (onAsked) => {
  const file = join(folder, "hosted.js");
  writeFileSync(file, shell + script + loop);
  const child = spawn(jsc, [file], { stdio: ["pipe", "pipe", "inherit"] });
  running.push(child);
  child.stdin.on("error", () => {});
  const write = (value: unknown): void => void child.stdin.write(`${JSON.stringify(value)}\n`);
  createInterface(child.stdout).on("line", (line) => {
    const asked = JSON.parse(line) as
      | ScriptAsked
      | { readonly kind: "random"; readonly length: number }
      | { readonly kind: "now" };
    if (asked.kind === "random") write({ kind: "atOnce", value: randomBytes(asked.length).toString("base64url") });
    else if (asked.kind === "now") write({ kind: "atOnce", value: performance.now() });
    else onAsked(asked);
  });
  return { tell: write };
};

/** The host of iOS apps, in Swift, over the same engine: requests go in as URLRequest and come out as HTTPURLResponse. */
const swiftHost: Engine = (onAsked) => {
  const { child, write } = startSwiftCore(folder, script, (line) => onAsked(JSON.parse(line) as ScriptAsked));
  running.push(child);
  return { tell: write };
};

/** The host of Android apps, in Kotlin, over an engine that stands for a WebView. */
const kotlinHost: Engine = (onAsked) => {
  const { child, write } = startKotlinCore(folder, script, (line) => onAsked(JSON.parse(line) as ScriptAsked));
  running.push(child);
  return { tell: write };
};

interface App {
  readonly host: ScriptHostLink;
  readonly half: NativeHalf;
  readonly start: (of?: object) => Promise<unknown>;
}

function appOn(engine: Engine, kind: "pixel" | "iphone", storage: Storage = memoryStorage()): App {
  const { configuration } = world.project;
  const device = world.devices[kind]();
  const trust = { trustedCas: [world.standInCa] };
  const half = createNativeHalf({
    device,
    storage,
    service: nodeServiceTransport({ configuration }),
    channel: nodeChannelTransport(trust),
    sockets: nodeSocketTransport(trust),
    project: world.project.id,
  });
  const { version, build, id } = device.app;
  const identity = { platform: kind === "pixel" ? "android" : "ios", version, build, bundle: null };
  const { tell } = engine((asked) => host.handle(asked));
  const host = createScriptHost(half.bridge, tell);
  const start = (of: object = {}) => host.ask("start", { configuration, app: id, identity, watch: false, ...of });
  return { host, half, start };
}

const photo = (placeholder: string): object => ({
  url: `${world.standIn.origin}/planetary/apod?api_key=${placeholder}&date=2026-01-02`,
  method: "GET",
});

const hasJsc = existsSync(jsc) || requireAll;
const hasKotlin = (hasJava && nativeModules !== null) || requireAll;
const hasSwift = swiftFolder !== null || requireAll;
const engines: readonly (readonly [string, Engine, boolean])[] = [
  ["an empty realm", emptyRealm, true],
  ["JavaScriptCore (needs jsc at JSC_PATH or /usr/bin/jsc)", javaScriptCore, hasJsc],
  ["JavaScriptCore behind Swift (needs testing/native/install-swift.sh)", swiftHost, hasSwift],
  ["an engine behind Kotlin (needs a JDK and npm ci --prefix testing/native)", kotlinHost, hasKotlin],
];

describe.each(engines)("the agent of a native app, its core in %s", (_name, engine, isThere) => {
  it.skipIf(!isThere).each(["pixel", "iphone"] as const)(
    "attests a virtual %s, and gets what its keys are for, delivered and brokered",
    async (kind) => {
      const { host, half, start } = appOn(engine, kind);
      expect(await start()).toBe(true);
      for (const placeholder of [world.placeholder, world.brokeredPlaceholder]) {
        const { status, url, body } = (await host.ask("fetch", photo(placeholder))) as Record<string, string | number>;
        expect([status, Buffer.from(String(body), "base64url").toString()]).toEqual([
          200,
          expect.stringContaining("media_type"),
        ]);
        expect(url).toContain(placeholder);
      }
      const { token } = (await host.ask("token", { api: demoNames.backend })) as { readonly token: string };
      expect(token.split(".")).toHaveLength(3);
      expect(await host.ask("state")).toMatchObject({ phase: "session", verdict: "trusted" });
      for (const key of world.apiKeys()) expect(host.answers.filter((text) => text.includes(key))).toEqual([]);
      await host.ask("stop");
      expect(half.open()).toBe(0);
    },
    60_000,
  );
});

describe.each([
  ["Swift (needs testing/native/install-swift.sh)", swiftHost, hasSwift, "iphone"],
  ["Kotlin (needs a JDK and npm ci --prefix testing/native)", kotlinHost, hasKotlin, "pixel"],
] as const)("a native app in %s", (_name, engine, isThere, kind) => {
  it.skipIf(!isThere)("gives up a request that is cancelled as its language does it", async () => {
    const { host, half, start } = appOn(engine, kind);
    await start();
    await host.ask("precheck");
    const sent = host.ask("fetch", photo(world.placeholder));
    host.cancel(host.lastAsk());
    await expect(sent).rejects.toMatchObject({ code: "aborted" });
    await expect.poll(() => half.open()).toBe(0);
  });

  it.skipIf(!isThere)(
    "answers each ask once, whichever are cancelled meanwhile",
    async () => {
      const { host, half, start } = appOn(engine, kind);
      await start();
      await host.ask("precheck");
      const sent = Array.from({ length: 200 }, (_, index) => {
        const asked = host.ask("fetch", photo(world.placeholder)).then(
          () => "answered",
          ({ code }: { readonly code: string }) => code,
        );
        if (index % 2 === 0) host.cancel(host.lastAsk());
        return asked;
      });
      const ends = await Promise.all(sent);
      expect(ends.filter((_, index) => index % 2 === 1)).toEqual(Array<string>(100).fill("answered"));
      expect(new Set(ends.filter((_, index) => index % 2 === 0))).toEqual(new Set(["aborted"]));
      await expect.poll(() => half.open()).toBe(0);
    },
    60_000,
  );

  it.skipIf(!isThere)("hands on the agent's own code", async () => {
    const { host, start } = appOn(engine, kind);
    await start();
    await host.ask("background");
    await expect(host.ask("fetch", photo(world.placeholder))).rejects.toMatchObject({ code: "in_background" });
  });
});

it.skipIf(!hasKotlin)(
  "an app in Kotlin may wait for an answer within another, loses with its engine what that had under way, and stays in the background with the next",
  () => {
    const asked = "[start, prefetch, background, start, background, prefetch, foreground]";
    expect(answersGiven(folder)).toEqual(["true", "true", "true", asked]);
  },
);

describe("the script of a native app", () => {
  it.each([
    ["an ask before the start", "fetch", {}, "not_started"],
    ["a start without a configuration", "start", { app: "a" }, "misuse"],
    [
      "a start on a platform that there is not",
      "start",
      { configuration: "cs1~", app: "a", identity: { platform: "web" } },
      "misuse",
    ],
  ])("answers %s with a fault", async (_what, name, of, code) => {
    const { host } = appOn(emptyRealm, "pixel");
    await expect(host.ask(name, of)).rejects.toMatchObject({ code });
  });

  it.each([
    ["an ask that there is not", "constructor", {}, "misuse"],
    ["a second start", "start", null, "misuse"],
    ["a body that is no base64url", "fetch", { url: "https://a.example/", method: "POST", body: "ä" }, "misuse"],
    ["headers that are no pairs", "fetch", { url: "https://a.example/", method: "GET", headers: ["a"] }, "misuse"],
    ["a redirect that there is not", "fetch", { url: "https://a.example/", method: "GET", redirect: "up" }, "misuse"],
    ["a token of an API that there is not", "token", { api: "nowhere" }, "token_unavailable"],
  ])("answers %s with a fault", async (_what, name, of, code) => {
    const { host, start } = appOn(emptyRealm, "pixel");
    await start();
    await expect(of === null ? start() : host.ask(name, of)).rejects.toMatchObject({
      code,
      message: expect.any(String),
    });
  });

  it("starts while its storage cannot be read, as before a phone's first unlock, and goes on once it can", async () => {
    const kept = memoryStorage();
    let isLocked = true;
    const storage: Storage = {
      ...kept,
      read: (name) => (isLocked ? Promise.reject(new Error("locked")) : kept.read(name)),
    };
    const { host, start } = appOn(emptyRealm, "iphone", storage);
    expect(await start()).toBe(true);
    await expect(host.ask("token", { api: demoNames.backend })).rejects.toMatchObject({ code: "storage_failed" });
    isLocked = false;
    expect(await host.ask("token", { api: demoNames.backend })).toMatchObject({ token: expect.any(String) });
  });

  it("gives up a request that is abandoned, and tells so", async () => {
    const { host, half, start } = appOn(emptyRealm, "pixel");
    await start();
    await host.ask("precheck");
    const sent = host.ask("fetch", photo(world.placeholder));
    await host.ask("abandon", { ask: host.lastAsk() });
    await expect(sent).rejects.toMatchObject({ code: "aborted" });
    expect(half.open()).toBe(0);
  });

  it("holds nothing while the app is in the background, and opens a session again after", async () => {
    const { host, start } = appOn(emptyRealm, "iphone");
    await start();
    await host.ask("background");
    await expect(host.ask("fetch", photo(world.placeholder))).rejects.toMatchObject({ code: "in_background" });
    await host.ask("foreground");
    expect(await host.ask("refresh")).toMatchObject({ outcome: "session" });
  });

  it("is refused as any other, with the code to tell support", async () => {
    const { host } = appOn(emptyRealm, "pixel");
    const device = world.devices.pixel();
    const { id, version, build } = device.app;
    const identity = { platform: "android", version, build, bundle: null };
    const { configuration } = world.productionProject;
    await host.ask("start", { configuration, app: id, identity, watch: false });
    await expect(host.ask("token", { api: demoNames.backend })).rejects.toMatchObject({ code: expect.any(String) });
  });
});
