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

interface LeakingLab extends AttackLab {
  /** The forms that the answers held. */
  planted(): readonly string[];
}

/**
 * The same lab, where every answer of the service holds the key: behind its end in every form, or, where an agent must still be able to read it,
 * as one more member in every form that JSON can hold as it is.
 */
function leaking(key: string): LeakingLab {
  const forms = leakForms(key);
  const inJson = forms.filter(([, bytes]) => bytes.every((byte) => byte !== 0));
  const behind = Buffer.concat(forms.flatMap(([, bytes]) => [Buffer.from(" "), bytes]));
  const member = inJson.map(([, bytes]) => bytes.toString()).join(" ");
  let planted = forms;
  return {
    ...lab,
    planted: () => planted.map(([form]) => form),
    send: async (method, path, body) => {
      const answer = await lab.send(method, path, body);
      return { ...answer, body: Buffer.concat([answer.body, behind]) };
    },
    createAgent: (device, options = {}) => {
      const { middleman } = options;
      if (middleman === undefined) return lab.createAgent(device);
      planted = inJson;
      return lab.createAgent(device, {
        middleman: (request, forward) =>
          middleman(request, async (onward) => {
            const answer = await forward(onward);
            const said = JSON.parse(Buffer.from(answer.body).toString()) as Record<string, unknown>;
            return { ...answer, body: Buffer.from(JSON.stringify({ ...said, leak: member })) };
          }),
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
    const leaky = leaking(key);
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

test("the service's log shows no key, token or credential", () => {
  const log = [Buffer.from(logged.join("\n"))];
  expect(logged.length).toBeGreaterThan(0);
  expect(findLeaks(log, guardedValues(lab))).toEqual([]);
  expect(findLeaks([...log, Buffer.from(world.apiKey())], guardedValues(lab))).not.toEqual([]);
});
