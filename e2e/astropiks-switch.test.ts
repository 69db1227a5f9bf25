import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { parseConfigurationString } from "@countersign/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNasaStandIn, type NasaStandIn } from "../examples/astropiks/src/stand-in/nasa-stand-in.ts";
import { demoApp } from "../examples/astropiks/src/world/demo-app.ts";
import { findLeaksDeeply } from "../testing/compressed-leaks.ts";
import { type Ended, type Follower, startFollower } from "../testing/guide.ts";
import { freePort, hasMitmproxy, type Mitmproxy, startMitmproxy } from "../testing/mitmproxy.ts";
import { createTlsAuthority } from "../testing/tls-authority.ts";
import { requireAll } from "../testing/vectors.ts";
import type { Command, Told } from "./programs/astropiks-app.ts";

const program = fileURLToPath(new URL("programs/astropiks-app.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "astropiks-switch-"));
const inFolder = (name: string): string => join(folder, name);
/** With characters that each encoding writes in another way. */
const newKey = (): string => `nasa+${randomBytes(24).toString("base64url")}/=~`;
/** Far above the second that it takes: a machine may be busy. */
const patienceMs = 20_000;

/** What an attacker at the device reads while something happens: both proxies, and the app's own sockets. */
interface Seen {
  readonly toService: Uint8Array;
  readonly toApi: Uint8Array;
  readonly sockets: Uint8Array;
}

describe.skipIf(!hasMitmproxy && !requireAll)("AstroPiks, its key's mode switched by the CLI while it runs", () => {
  const keys = { first: newKey(), kept: newKey(), last: newKey() };
  let you: Follower;
  let standIn: NasaStandIn;
  let service: Mitmproxy;
  let api: Mitmproxy;
  let app: ChildProcess;
  const told: Told[] = [];
  let listeners: ((message: Told) => void)[] = [];
  let ids = 0;

  beforeAll(async () => {
    const nowMs = Date.now();
    const [own, nasa] = ["service", "NASA"].map((name) => createTlsAuthority({ name: `${name} CA`, nowMs }));
    if (own === undefined || nasa === undefined) throw new TypeError("two authorities were asked for");
    const identity = own.issue(["localhost", "127.0.0.1"]);
    for (const [name, text] of Object.entries({
      cert: identity.cert,
      key: identity.key,
      ca: own.pem,
      nasa: nasa.pem,
    })) {
      writeFileSync(inFolder(name), text);
    }
    standIn = await createNasaStandIn({
      tls: nasa.issue(["localhost"]),
      keys: [keys.first],
      nowMs: Date.now,
      requestsPerHour: 100_000,
    });
    const listen = await freePort();
    const tls = `--tls-cert ${inFolder("cert")} --tls-key ${inFolder("key")} --upstream-ca ${inFolder("nasa")}`;
    you = await startFollower({
      serve: `${tls} --public-origin localhost:${listen} --no-certificate-watch`,
      env: { NODE_EXTRA_CA_CERTS: inFolder("ca") },
    });
    service = await startMitmproxy({ port: Number(new URL(you.origin).port), listen });
    api = await startMitmproxy({ port: standIn.port, beside: service });

    app = fork(program, {
      execArgv: ["--conditions=@countersign/source", "--heap-snapshot-string-limit=1000000000"],
      env: { PATH: process.env.PATH },
    });
    app.on("message", (message: Told) => {
      told.push(message);
      for (const listener of listeners) listener(message);
    });
    const anchors = (await next("anchors")).pems;
    writeFileSync(inFolder("anchors.pem"), anchors.join("\n"));
    const made = await cli("project create astropiks --kind development");
    await cli(`app add astropiks --ios ${demoApp.appId}`);
    await cli(`anchors add ${inFolder("anchors.pem")}`);
    await cli(`api add nasa --host localhost --port ${standIn.port} --channel system`);
    const place = "--place api=nasa,in=query,name=api_key,path=/planetary/apod";
    const secret = await cli(`secret set nasa-api-key ${place}`, keys.first);
    const configuration = /\bcsd1~\S+/.exec(made.out)?.[0] ?? "";
    const parsed = parseConfigurationString(configuration);
    if (!parsed.ok) throw new TypeError(made.out);
    const started = next("watching");
    await ask({
      kind: "begin",
      with: {
        configuration,
        project: parsed.value.project,
        serviceCa: service.caPem,
        trustedCas: [api.caPem],
        origin: standIn.origin,
        proxyPort: api.port,
        placeholder: /\bcs-nasa-api-key-[a-z2-7]{10}\b/.exec(secret.out)?.[0] ?? "",
        socketsFile: inFolder("sockets"),
      },
    });
    await ask({ kind: "gallery", count: 1 });
    await started;
  }, 120_000);

  afterAll(async () => {
    if (app?.connected) {
      const ended = once(app, "exit");
      app.send({ id: 0, command: { kind: "stop" } satisfies Command });
      await ended;
    }
    await Promise.all([service?.stop(), api?.stop(), standIn?.close()]);
    you?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Resolves with the app's next message of this kind that fits. */
  function next<K extends Told["kind"]>(
    kind: K,
    fits: (message: Extract<Told, { kind: K }>) => boolean = () => true,
  ): Promise<Extract<Told, { kind: K }>> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the app did not say ${kind}: ${JSON.stringify(told)}`)),
        patienceMs,
      );
      const listener = (message: Told): void => {
        if (message.kind !== kind || !fits(message as Extract<Told, { kind: K }>)) return;
        clearTimeout(timer);
        listeners = listeners.filter((each) => each !== listener);
        resolve(message as Extract<Told, { kind: K }>);
      };
      listeners.push(listener);
    });
  }

  /** What the app makes of a command. */
  function ask(command: Command): Promise<unknown> {
    ids += 1;
    const id = ids;
    return new Promise((resolve, reject) => {
      const listener = (message: Told): void => {
        if ((message.kind !== "done" && message.kind !== "failed") || message.id !== id) return;
        listeners = listeners.filter((each) => each !== listener);
        if (message.kind === "done") resolve(message.result);
        else reject(new Error(message.error));
      };
      listeners.push(listener);
      app.send({ id, command });
    });
  }

  /** The real CLI, with a value on its standard input. */
  async function cli(line: string, input = ""): Promise<Ended> {
    const project = line.startsWith("project ") ? "" : " --project astropiks";
    const ended = await you.run(`npx countersign ${line}${project}`, input);
    expect([line, ended.code, ended.err]).toEqual([line, 0, ""]);
    return ended;
  }

  const lengths = (): readonly number[] => [
    service.captured().length,
    api.captured().length,
    readFileSync(inFolder("sockets")).length,
  ];

  /** Everything that was seen on the device's side while `work` was done. */
  async function seenDuring(work: () => Promise<void>): Promise<Seen> {
    const [toService, toApi, sockets] = lengths();
    await work();
    return {
      toService: service.captured().subarray(toService),
      toApi: api.captured().subarray(toApi),
      sockets: readFileSync(inFolder("sockets")).subarray(sockets),
    };
  }

  /** In which forms each key was seen, by where. */
  const leaksIn = (seen: Readonly<Record<string, Uint8Array>>): readonly string[] =>
    Object.entries(seen).flatMap(([where, bytes]) =>
      Object.entries(keys).flatMap(([which, key]) =>
        findLeaksDeeply(bytes, key).map((form) => `${which} key, ${form}, ${where}`),
      ),
    );

  /** What the app's process has in memory while a request for an entry is under way. */
  async function memoryAmidRequest(name: string): Promise<Readonly<Record<string, Uint8Array>>> {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const arrived = new Promise<void>((resolve) => {
      const until = async (): Promise<void> => {
        resolve();
        await released;
      };
      standIn.behave({ kind: "hold", until });
    });
    const listed = ask({ kind: "gallery", count: 1 });
    await arrived;
    const files = { heap: inFolder(`${name}.heapsnapshot`), buffers: inFolder(`${name}.buffers`) };
    expect(await ask({ kind: "memory", ...files })).toBeGreaterThan(10);
    standIn.behave({ kind: "honest" });
    release();
    expect(await listed).toEqual(["PNG"]);
    return { heap: readFileSync(files.heap), buffers: readFileSync(files.buffers) };
  }

  /** Has the CLI do this while the app opens entry after entry; the app is told nothing, and no call of it fails. */
  async function switchTo(mode: "delivered" | "brokered", change: () => Promise<unknown>): Promise<number> {
    const browsed = ask({ kind: "browse" }) as Promise<{ opened: number; errors: readonly string[] }>;
    const reached = next("session", ({ modes }) => modes[0] === mode).then(() => performance.now());
    await change();
    const answeredAtMs = performance.now();
    const tookMs = Math.round((await reached) - answeredAtMs);
    await ask({ kind: "rest" });
    const { opened, errors } = await browsed;
    expect([errors, opened > 0]).toEqual([[], true]);
    return tookMs;
  }

  const keysUsed = (from: number): readonly (string | null)[] => [
    ...new Set(
      standIn
        .seen()
        .slice(from)
        .filter(({ target }) => target.startsWith("/planetary/apod"))
        .map(({ apiKey }) => apiKey),
    ),
  ];
  /** Loads the gallery, and gives the keys that came to NASA. */
  async function loadGallery(): Promise<readonly (string | null)[]> {
    const from = standIn.seen().length;
    expect(await ask({ kind: "gallery", count: 3 })).toEqual(["PNG", "PNG", "PNG"]);
    return keysUsed(from);
  }

  it("loads its pictures delivered, brokered and delivered again; while brokered no key is on the device's side", {
    timeout: 240_000,
  }, async () => {
    const took: number[] = [];

    // Delivered: the key is on the device, and every place that is searched shows it. This is the control.
    const delivered = await seenDuring(async () => {
      expect(await loadGallery()).toEqual([keys.first]);
    });
    expect(leaksIn({ ...delivered })).toEqual(
      expect.arrayContaining(["first key, uri-component, toApi", "first key, uri-component, sockets"]),
    );
    expect(leaksIn({ toService: delivered.toService })).toEqual([]);
    const memory = leaksIn(await memoryAmidRequest("delivered"));
    expect(memory.some((leak) => leak.startsWith("first key"))).toBe(true);

    // A few seconds in which NASA takes both keys, as an operator has it.
    standIn.accept([keys.first, keys.kept]);
    took.push(await switchTo("brokered", () => cli("secret set-mode nasa-api-key brokered", keys.kept)));
    standIn.accept([keys.kept]);

    const brokered = await seenDuring(async () => {
      expect(await loadGallery()).toEqual([keys.kept]);
      expect(leaksIn(await memoryAmidRequest("brokered"))).toEqual([]);
    });
    // The calls are there: the broker's with the placeholder, and the pictures'.
    expect(Buffer.from(brokered.toService).includes("/nasa/planetary/apod?api_key=cs-nasa-api-key-")).toBe(true);
    expect(Buffer.from(brokered.toApi).includes("/apod/image/")).toBe(true);
    expect(Buffer.from(brokered.sockets).includes("countersign-pass")).toBe(true);
    expect(leaksIn({ ...brokered })).toEqual([]);
    for (const planted of [Buffer.from(keys.kept), Buffer.from(btoa(`x${keys.kept}`)), gzipSync(keys.kept)]) {
      expect(leaksIn({ planted: Buffer.concat([brokered.sockets, planted, brokered.toApi]) })).not.toEqual([]);
    }

    // Delivered again, with a value of its own: the one that was kept has never left the server.
    standIn.accept([keys.kept, keys.last]);
    took.push(
      await switchTo("delivered", async () => {
        await cli("secret rotate nasa-api-key", keys.last);
        await cli("secret set-mode nasa-api-key delivered");
      }),
    );
    standIn.accept([keys.last]);
    const again = await seenDuring(async () => {
      expect(await loadGallery()).toEqual([keys.last]);
    });
    expect(leaksIn({ ...again })).toEqual(expect.arrayContaining(["last key, uri-component, toApi"]));
    const all = { toService: service.captured(), toApi: api.captured(), sockets: readFileSync(inFolder("sockets")) };
    expect(leaksIn(all).filter((leak) => leak.startsWith("kept key"))).toEqual([]);

    process.stdout.write(`sessions in the new mode, after the CLI had ended: ${took.join(" ms, ")} ms\n`);
    for (const tookMs of took) expect(tookMs).toBeLessThan(patienceMs);
  });
});
