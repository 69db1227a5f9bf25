import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { VirtualDevice } from "@countersign/virtual-device";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import type { AppResult, DeviceCall, FromApp, ToApp } from "./programs/app-process.ts";

const program = fileURLToPath(new URL("programs/app-process.ts", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "app-processes-"));
let world: DemoWorld;
const children: ChildProcess[] = [];

beforeAll(async () => {
  world = await createDemoWorld({ folder: join(scratch, "data"), port: 0, tls: true });
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    const ended = once(child, "exit");
    child.disconnect();
    expect((await ended)[0]).toBe(0);
  }
});
afterAll(async () => {
  await world.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** Something that one side waits for until the other opens it. */
interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}
function createGate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

interface AppProcess {
  readonly pid: number;
  /** The codes of the service's problems, in the order they came. */
  readonly problems: string[];
  fetch(): Promise<AppResult>;
  refresh(): Promise<AppResult>;
  /** Has the device keep back the next proof it makes for this process: `made` once it is made, until `release`. */
  holdNextProof(): { readonly made: Promise<void>; release(): void };
}

/** The device in the hands of as many processes as are started on it, and how many keys it made. */
interface Phone {
  readonly folder: string;
  made(): number;
  answer(call: DeviceCall, args: readonly unknown[]): Promise<unknown>;
  readonly device: VirtualDevice;
}

let phones = 0;
function createPhone(device: VirtualDevice): Phone {
  phones += 1;
  let made = 0;
  const { keys, detectors } = device;
  return {
    device,
    folder: join(scratch, `phone-${phones}`),
    made: () => made,
    answer: async (call, args) => {
      if (call === "observe") return detectors.observe();
      if (call === "enrol") made += 1;
      return (keys[call] as (...each: readonly unknown[]) => Promise<unknown>)(...args);
    },
  };
}

async function startApp(phone: Phone): Promise<AppProcess> {
  const child = fork(program, { execArgv: ["--conditions=@countersign/source"], serialization: "advanced" });
  children.push(child);
  const started = createGate();
  const problems: string[] = [];
  const asked = new Map<number, (result: AppResult) => void>();
  let ids = 0;
  let held: { readonly made: Gate; readonly released: Gate } | null = null;
  const tell = (message: ToApp): void => void child.send(message);
  const onDevice = async ({ id, call, args }: Extract<FromApp, { readonly kind: "device" }>): Promise<void> => {
    try {
      const value = await phone.answer(call, args);
      if (call === "prove" && held !== null) {
        const { made, released } = held;
        held = null;
        made.open();
        await released.opened;
      }
      tell({ kind: "device", id, value });
    } catch (error) {
      const { code = "unavailable", alias = null } = error as {
        readonly code?: string;
        readonly alias?: string | null;
      };
      tell({ kind: "device", id, code, alias });
    }
  };
  child.on("message", (message: FromApp) => {
    if (message.kind === "started") started.open();
    else if (message.kind === "device") void onDevice(message);
    else if (message.kind === "done") asked.get(message.id)?.(message.result);
    else if (message.code !== null) problems.push(message.code);
  });
  const ask = (message: { readonly kind: "refresh" } | { readonly kind: "fetch"; readonly url: string }) => {
    ids += 1;
    const id = ids;
    return new Promise<AppResult>((resolve) => {
      asked.set(id, resolve);
      tell({ ...message, id });
    });
  };
  const { app, keys } = phone.device;
  const { configuration } = world.project;
  tell({
    kind: "begin",
    configuration,
    serviceCa: world.serviceCa,
    trustedCas: [world.standInCa],
    app,
    platform: keys.platform,
    folder: phone.folder,
  });
  await started.opened;
  return {
    pid: child.pid ?? 0,
    problems,
    fetch: () =>
      ask({
        kind: "fetch",
        url: `${world.standIn.origin}/planetary/apod?api_key=${world.placeholder}&date=2024-01-01`,
      }),
    refresh: () => ask({ kind: "refresh" }),
    holdNextProof: () => {
      const [made, released] = [createGate(), createGate()];
      held = { made, released };
      return { made: made.opened, release: released.open };
    },
  };
}

const devices: readonly (readonly [string, () => VirtualDevice])[] = [
  ["iPhone", () => world.devices.iphone()],
  ["iPhone on iOS 27", () => world.devices.iphone({ ios: "27" })],
  ["Pixel", () => world.devices.pixel()],
];

async function expectPicture(app: AppProcess): Promise<string | null> {
  const got = await app.fetch();
  if (!got.ok) throw new Error(`the app got no picture: ${got.code}`);
  expect(got.said).toBe("200");
  expect(JSON.parse(Buffer.from(got.body).toString())).toMatchObject({ date: "2024-01-01" });
  expect(world.standIn.seen().at(-1)?.target).toContain(world.apiKey());
  return got.instance;
}

describe.each(devices)("two processes of one app on an %s", (_, make) => {
  test("share one instance and both get the picture; who loses a race over a challenge or a counter recovers alone", async () => {
    const phone = createPhone(make());
    const installed = await startApp(phone);
    const instance = await expectPicture(installed);

    // Both start on what the first left behind, so both hold the same challenge of the service's.
    const [slow, fast] = [await startApp(phone), await startApp(phone)];
    expect(new Set([installed.pid, slow.pid, fast.pid, process.pid]).size).toBe(4);
    const overChallenge = slow.holdNextProof();
    const loser = slow.refresh();
    await overChallenge.made;
    expect(await fast.refresh()).toMatchObject({ ok: true, said: "session", instance });
    overChallenge.release();
    expect(await loser).toMatchObject({ ok: true, said: "session", instance });
    expect(slow.problems).toEqual(["challenge_spent"]);
    expect(fast.problems).toEqual([]);

    // From here each has a challenge of its own: what is raced for now is the counter, where the device has one.
    const overCounter = slow.holdNextProof();
    const late = slow.refresh();
    await overCounter.made;
    expect(await fast.refresh()).toMatchObject({ ok: true, said: "session", instance });
    overCounter.release();
    expect(await late).toMatchObject({ ok: true, said: "session", instance });
    expect(slow.problems.slice(1)).toEqual(phone.device.keys.platform === "ios" ? ["counter_stale"] : []);

    for (let round = 0; round < 3; round += 1) {
      const both = await Promise.all([slow.refresh(), fast.refresh()]);
      expect(both).toMatchObject([
        { ok: true, said: "session", instance },
        { ok: true, said: "session", instance },
      ]);
      expect([await expectPicture(slow), await expectPicture(fast)]).toEqual([instance, instance]);
    }
    expect(phone.made()).toBe(1);
  });

  test("that make their first start at one moment both get the picture, and so does the next process", async () => {
    const phone = createPhone(make());
    const both = await Promise.all([startApp(phone), startApp(phone)]);
    const got = await Promise.all(both.map((app) => app.fetch()));
    expect(got).toMatchObject([
      { ok: true, said: "200" },
      { ok: true, said: "200" },
    ]);
    for (const app of both) expect(await app.refresh()).toMatchObject({ ok: true, said: "session" });
    const made = phone.made();
    await expectPicture(await startApp(phone));
    expect(phone.made()).toBe(made);
  });
});
