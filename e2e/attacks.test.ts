import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attacks } from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { demoAttacks } from "../examples/astropiks/src/attacks/index.ts";
import { findLeaks } from "../examples/astropiks/src/leaks/find-leaks.ts";
import { createLeakingLab } from "../examples/astropiks/src/leaks/leaking-lab.ts";
import { guardedValues, tellAttack } from "../examples/astropiks/src/story/tell-attack.ts";
import { createDemoLab, type GuardingLab } from "../examples/astropiks/src/world/demo-lab.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { findLeaks as findLeaksOtherwise } from "../testing/leak-detector.ts";

const folder = mkdtempSync(join(tmpdir(), "attacks-"));
const logged: string[] = [];
let world: DemoWorld;
let lab: GuardingLab;

beforeAll(async () => {
  world = await createDemoWorld({ folder, port: 0, tls: true, logLine: (line) => void logged.push(line) });
  lab = createDemoLab(world);
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(attacks.map((attack) => [attack.name, attack] as const))("%s", (_, attack) => {
  test("ends in the promised code, and nobody sees the key", async () => {
    const { broken } = await tellAttack(lab, attack, () => attack.run(lab));
    expect(broken).toEqual([]);
  });

  test("is searched on a path on which a planted leak is found in every form", async () => {
    const key = world.apiKey();
    const leaky = createLeakingLab(lab, key);
    const outcome = await attack.run(leaky);
    const found = new Set(findLeaks(outcome.seen, { key }).map((leak) => leak.form));
    expect([...found].sort()).toEqual([...leaky.planted()].sort());
    expect(findLeaksOtherwise(Buffer.concat(outcome.seen), key)).toContain("raw");
  });
});

describe.each(demoAttacks.map((attack) => [attack.name, attack] as const))("%s", (_, attack) => {
  test("ends in the promised code, and nobody sees the key", async () => {
    let seen: readonly Uint8Array[] = [];
    const { broken } = await tellAttack(lab, attack, async () => {
      const outcome = await attack.run(lab);
      ({ seen } = outcome);
      return outcome;
    });
    expect(broken).toEqual([]);
    for (const value of Object.values(guardedValues(lab))) {
      expect(findLeaksOtherwise(Buffer.concat(seen), value)).toEqual([]);
    }
  });

  test("is searched on a path on which a planted leak is found", async () => {
    const control = await attack.control(lab);
    expect(findLeaks(control.seen, control.planted)).not.toEqual([]);
  });
});

test("a ban ends brokered calls at once, under a pass that is still good, and the next statement", async () => {
  const { agent } = world.createAgent(world.devices.pixel(), { watch: false });
  await agent.start();
  const url = `${world.standIn.origin}/planetary/apod?api_key=${world.brokeredPlaceholder}&date=2024-01-01`;
  expect((await agent.fetch(url)).status).toBe(200);
  const ban = `/projects/${world.project.id}/instances/${agent.state().instance}/ban`;
  await world.admin.call("PUT", ban, { reason: "e2e" });
  const before = world.standIn.seen().length;
  await expect(agent.fetch(url)).rejects.toMatchObject({
    code: "refused",
    arc: expect.stringMatching(/^[A-Z2-7]{16}$/) as string,
  });
  expect(world.standIn.seen().length).toBe(before);
  await world.admin.call("DELETE", ban);
  agent.stop();
});

test("the service's log shows no key, token or credential", () => {
  const log = [Buffer.from(logged.join("\n"))];
  expect(logged.length).toBeGreaterThan(0);
  expect(findLeaks(log, guardedValues(lab))).toEqual([]);
  expect(findLeaks([...log, Buffer.from(world.apiKey())], guardedValues(lab))).not.toEqual([]);
});
