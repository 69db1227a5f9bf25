import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Agent } from "@countersign/client";
import { encodeBase64url, keyListInput } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { backupKeys, restoreKeys } from "@countersign/server";
import type { Middleman, VirtualDevice } from "@countersign/virtual-device";
import { afterAll, describe, expect, test } from "vitest";
import { createDeviceStorage } from "../examples/astropiks/src/world/demo-agent.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { createTlsAuthority } from "../testing/tls-authority.ts";

const scratch = mkdtempSync(join(tmpdir(), "recovery-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const passphrase = "a passphrase of the test's own";

const fetchStatus = async (world: DemoWorld, agent: Agent): Promise<number> =>
  (await agent.fetch(`${world.standIn.origin}/planetary/apod?api_key=${world.placeholder}&date=2024-01-01`)).status;

/** The private root of the world's project, as a thief of the lost folder holds it. */
function rootKeyOf(world: DemoWorld, folder: string): string {
  const roots = join(folder, "roots");
  const name = readdirSync(roots).find((each) => each.includes(world.project.id) && each.includes("root.key")) ?? "";
  return readFileSync(join(roots, name), "utf8");
}

/** A key list that the stolen root signs: the thief's own keys, of the highest version and epoch there are. */
function forgedKeys(world: DemoWorld, rootPem: string): Readonly<Record<string, string>> {
  const pointOf = (key: KeyObject): Buffer => {
    const { x = "", y = "" } = key.export({ format: "jwk" });
    return Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  };
  const keys = (["response", "manifest"] as const).map((use) => {
    const point = pointOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey);
    return { kid: encodeBase64url(sha256(point).slice(0, 8)), use, point: encodeBase64url(point) };
  });
  const [version, manifestEpoch] = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  const list = { v: 1, project: world.project.id, environment: "development", version, manifestEpoch, keys };
  const signed = Buffer.from(JSON.stringify(list));
  const root = createPrivateKey(rootPem);
  const signature = sign("sha256", keyListInput(signed), { key: root, dsaEncoding: "ieee-p1363" });
  const point = pointOf(createPublicKey(root));
  return { signed: encodeBase64url(signed), point: encodeBase64url(point), signature: encodeBase64url(signature) };
}

/** Puts a key list into every signed answer. */
const planting =
  (keys: Readonly<Record<string, string>>): Middleman =>
  async (request, forward) => {
    const answer = await forward(request);
    const said = JSON.parse(Buffer.from(answer.body).toString()) as Readonly<Record<string, unknown>>;
    return "signed" in said
      ? { ...answer, body: new Uint8Array(Buffer.from(JSON.stringify({ ...said, keys }))) }
      : answer;
  };

const devices: readonly (readonly [string, (of: DemoWorld) => VirtualDevice])[] = [
  ["iPhone", (of) => of.devices.iphone()],
  ["iPhone on iOS 27", (of) => of.devices.iphone({ ios: "27" })],
  ["Pixel", (of) => of.devices.pixel()],
];

interface Installed {
  readonly name: string;
  readonly device: VirtualDevice;
  readonly storage: ReturnType<typeof createDeviceStorage>;
  readonly agent: Agent;
  readonly instance: string | null;
}

async function install(world: DemoWorld, name: string, device: VirtualDevice): Promise<Installed> {
  const storage = createDeviceStorage();
  const { agent } = world.createAgent(device, { storage, watch: false });
  await agent.start();
  expect([name, await fetchStatus(world, agent)]).toEqual([name, 200]);
  return { name, device, storage, agent, instance: agent.state().instance };
}

describe("a data folder that was deleted, restored from its backup, and its root replaced through recovery", () => {
  test("finds every installed app working on: running or started anew, known to the backup or younger than it", async () => {
    const data = join(scratch, "data");
    const archive = join(scratch, "backup");
    // The third party is no part of what was lost: devices trust its authority before and after.
    const standInAuthority = createTlsAuthority({ name: "AstroPiks stand-in CA", nowMs: Date.now() });
    const first = await createDemoWorld({ folder: data, port: 0, tls: false, standInAuthority });
    const known = await Promise.all(devices.map(([name, make]) => install(first, name, make(first))));
    await backupKeys({ folder: data, out: archive, passphrase });
    const younger = await Promise.all(
      devices.map(([name, make]) => install(first, `${name}, younger than the backup`, make(first))),
    );
    // What the apps hold is ahead of what the backup holds.
    await first.rotateKey();
    for (const { agent } of known) await agent.refresh("a change after the backup");
    const stolenRoot = rootKeyOf(first, data);
    await first.close();
    rmSync(data, { recursive: true });

    await restoreKeys({ folder: data, from: archive, passphrase });
    const { port, authority } = first;
    const second = await createDemoWorld({ folder: data, port, tls: false, authority, standInAuthority });
    expect(second.project.configuration).toBe(first.project.configuration);
    await second.admin.call("POST", `/projects/${second.project.id}/keys/recover`, {});

    const stolen = forgedKeys(second, stolenRoot);
    // The control: an app that has not heard of the recovery does take that list, and then trusts no answer of the service.
    const unaware = second.createAgent(second.devices.pixel(), { middleman: planting(stolen), watch: false }).agent;
    await unaware.start();
    await expect(unaware.refresh("first start")).rejects.toMatchObject({ code: "service_untrusted" });
    unaware.stop();
    for (const { name, agent, device, storage, instance } of [...known, ...younger]) {
      const before = agent.state().keys;
      expect([name, before?.recovery]).toEqual([name, false]);
      await agent.refresh("after the recovery");
      expect([name, agent.state().verdict, agent.state().keys?.recovery]).toEqual([name, "trusted", true]);
      expect([name, await fetchStatus(second, agent)]).toEqual([name, 200]);
      if (known.some((each) => each.agent === agent)) expect([name, agent.state().instance]).toEqual([name, instance]);
      agent.stop();

      const next = second.createAgent(device, { storage, watch: false }).agent;
      await next.start();
      expect([name, await fetchStatus(second, next)]).toEqual([name, 200]);
      next.stop();

      // Whoever took the root with the lost folder has nothing by it any more.
      const held = agent.state().keys;
      const deceived = second.createAgent(device, { storage, middleman: planting(stolen), watch: false }).agent;
      await deceived.start();
      await deceived.refresh("with a key list of the stolen root").catch(() => undefined);
      expect([name, deceived.state().keys]).toEqual([name, held]);
      deceived.stop();
    }

    await second.close();
  });
});
