import { attacks } from "@countersign/virtual-device";
import { demoAttacks } from "../attacks/index.ts";
import { findLeaks } from "../leaks/find-leaks.ts";
import { createLeakingLab } from "../leaks/leaking-lab.ts";
import { genuineDevices } from "../world/demo-devices.ts";
import { createDemoLab } from "../world/demo-lab.ts";
import type { DemoWorld } from "../world/demo-world.ts";
import type { DemoCase, DemoModes, DemoRotation, Story } from "./demo-case.ts";
import { tellAttack } from "./tell-attack.ts";
import { tellGenuine } from "./tell-genuine.ts";
import { tellModes } from "./tell-modes.ts";
import { tellRotation } from "./tell-rotation.ts";

/** Whether the search finds what was planted on an attack's path; where it does not, finding nothing there later says nothing. */
function missed(
  name: string,
  planted: Readonly<Record<string, string>>,
  seen: readonly Uint8Array[],
  forms: readonly string[],
): string[] {
  const found = new Set(findLeaks(seen, planted).map((leak) => leak.form));
  return forms.filter((form) => !found.has(form)).map((form) => `${name}: the search misses a planted leak (${form})`);
}

/** A control or chapter that fails breaks its own promise, not the telling. */
async function kept(name: string, broken: string[], tell: () => Promise<void>): Promise<void> {
  try {
    await tell();
  } catch (error) {
    broken.push(`${name}: ${error instanceof Error ? error.message : "failed"}`);
  }
}

/** Tells the whole story against a world: genuine devices, every attack with the control of its leak search, a rotation, and a switch of modes. */
export async function tellStory(world: DemoWorld, progress: (text: string) => void): Promise<Story> {
  const cases: DemoCase[] = [];
  const broken: string[] = [];
  const lab = createDemoLab(world);
  const add = (told: { readonly row: DemoCase; readonly broken: readonly string[] }): void => {
    cases.push(told.row);
    broken.push(...told.broken);
  };
  for (const device of genuineDevices) {
    progress(device.name);
    add(await tellGenuine(world, device));
  }
  for (const attack of attacks) {
    progress(attack.name);
    await kept(attack.name, broken, async () => {
      const leaking = createLeakingLab(lab, world.apiKey());
      const { seen } = await attack.run(leaking);
      broken.push(...missed(attack.name, { key: world.apiKey() }, seen, leaking.planted()));
    });
    await kept(attack.name, broken, async () => add(await tellAttack(lab, attack, () => attack.run(lab))));
  }
  for (const attack of demoAttacks) {
    progress(attack.name);
    await kept(attack.name, broken, async () => {
      const { seen, planted } = await attack.control(lab);
      broken.push(...missed(attack.name, planted, seen, ["raw"]));
    });
    await kept(attack.name, broken, async () => add(await tellAttack(lab, attack, () => attack.run(lab))));
  }
  progress("rotation");
  let rotation: DemoRotation | null = null;
  await kept("rotation", broken, async () => {
    const told = await tellRotation(world);
    rotation = told.rotation;
    broken.push(...told.broken);
  });
  progress("modes");
  let modes: DemoModes | null = null;
  await kept("modes", broken, async () => {
    const told = await tellModes(world);
    modes = told.modes;
    broken.push(...told.broken);
  });
  return { cases, rotation, modes, broken };
}
