import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AttackLab, attacks } from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { demoAttacks } from "../examples/astropiks/src/attacks/index.ts";
import { findLeaks, leakForms } from "../examples/astropiks/src/leaks/find-leaks.ts";
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

/** The same lab, where every answer of the service ends in the key, in one form after the other. */
function leaking(key: string): AttackLab {
  const planted = Buffer.concat(leakForms(key).flatMap(([, bytes]) => [Buffer.from(" "), bytes]));
  const add = (body: Uint8Array): Uint8Array => Buffer.concat([body, planted]);
  return {
    ...lab,
    send: async (method, path, body) => {
      const answer = await lab.send(method, path, body);
      return { ...answer, body: add(answer.body) };
    },
    createAgent: (device, options = {}) => {
      const { middleman } = options;
      if (middleman === undefined) return lab.createAgent(device);
      // The middleman reads what was planted; the agent gets what the service said.
      return lab.createAgent(device, {
        middleman: async (request, forward) => {
          const answer = await middleman(request, async (onward) => {
            const genuine = await forward(onward);
            return { ...genuine, body: add(genuine.body) };
          });
          const at = Buffer.from(answer.body).indexOf(planted);
          return at < 0 ? answer : { ...answer, body: answer.body.subarray(0, at) };
        },
      });
    },
  };
}

describe.each(attacks.map((attack) => [attack.name, attack] as const))("%s", (_, attack) => {
  test("ends in the promised code, and nobody sees the key", async () => {
    const { broken } = await tellAttack(lab, attack, () => attack.run(lab));
    expect(broken).toEqual([]);
  });

  test("is searched on a path on which a planted leak is found in every form", async () => {
    const key = world.apiKey();
    const outcome = await attack.run(leaking(key));
    const found = new Set(findLeaks(outcome.seen, { key }).map((leak) => leak.form));
    expect([...found].sort()).toEqual(
      leakForms(key)
        .map(([form]) => form)
        .sort(),
    );
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

test("the service's log shows no key, token or credential", () => {
  const log = [Buffer.from(logged.join("\n"))];
  expect(logged.length).toBeGreaterThan(0);
  expect(findLeaks(log, guardedValues(lab))).toEqual([]);
  expect(findLeaks([...log, Buffer.from(world.apiKey())], guardedValues(lab))).not.toEqual([]);
});
