import { attacks } from "@countersign/virtual-device";
import { demoAttacks } from "../attacks/index.ts";
import { findLeaks } from "../leaks/find-leaks.ts";
import { createLeakingLab } from "../leaks/leaking-lab.ts";
import { genuineDevices } from "../world/demo-devices.ts";
import { createDemoLab } from "../world/demo-lab.ts";
import type { DemoWorld } from "../world/demo-world.ts";
import type { DemoCase, Story } from "./demo-case.ts";
import { tellAttack } from "./tell-attack.ts";
import { tellGenuine } from "./tell-genuine.ts";
import { tellRotation } from "./tell-rotation.ts";

/** Tells the whole story against a world: genuine devices, every attack with the control of its leak search, and a rotation. */
export async function tellStory(world: DemoWorld, progress: (text: string) => void): Promise<Story> {
  const cases: DemoCase[] = [];
  const broken: string[] = [];
  const lab = createDemoLab(world);
  for (const device of genuineDevices) {
    progress(device.name);
    const told = await tellGenuine(world, device);
    cases.push(told.row);
    broken.push(...told.broken);
  }
  for (const attack of attacks) {
    progress(attack.name);
    const leaking = createLeakingLab(lab, world.apiKey());
    const control = await attack.run(leaking);
    const found = new Set(findLeaks(control.seen, { key: world.apiKey() }).map((leak) => leak.form));
    for (const form of leaking.planted())
      if (!found.has(form)) broken.push(`${attack.name}: the search misses a planted leak (${form})`);
    const told = await tellAttack(lab, attack, () => attack.run(lab));
    cases.push(told.row);
    broken.push(...told.broken);
  }
  for (const attack of demoAttacks) {
    progress(attack.name);
    const control = await attack.control(lab);
    if (findLeaks(control.seen, control.planted).length === 0)
      broken.push(`${attack.name}: the search misses a planted leak`);
    const told = await tellAttack(lab, attack, () => attack.run(lab));
    cases.push(told.row);
    broken.push(...told.broken);
  }
  progress("rotation");
  const { rotation, broken: rotationBroken } = await tellRotation(world);
  return { cases, rotation, broken: [...broken, ...rotationBroken] };
}
