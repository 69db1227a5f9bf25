import { AgentError } from "@countersign/client";
import { createDeliveredForm } from "../forms/delivered.ts";
import type { GenuineDevice } from "../world/demo-devices.ts";
import type { DemoWorld } from "../world/demo-world.ts";
import type { DemoCase } from "./demo-case.ts";

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A genuine device starts the app and looks at the newest picture. Broken: not trusted, no key, or no picture. */
export async function tellGenuine(
  world: DemoWorld,
  device: GenuineDevice,
): Promise<{ readonly row: DemoCase; readonly broken: readonly string[] }> {
  const { agent } = world.createAgent(device.make(world.devices));
  const gallery = createDeliveredForm({
    origin: world.standIn.origin,
    agent,
    placeholder: world.placeholder,
    nowMs: world.clock.nowMs,
  });
  const broken: string[] = [];
  let code: string | null = null;
  try {
    await agent.start();
    const [photo] = await gallery.list(1);
    const picture = photo === undefined ? Buffer.alloc(0) : Buffer.from(await gallery.picture(photo));
    if (!picture.subarray(0, 8).equals(pngSignature)) broken.push(`${device.name}: no picture`);
  } catch (error) {
    code = error instanceof AgentError ? error.code : "failed";
    broken.push(`${device.name}: ${error instanceof Error ? error.message : "failed"}`);
  }
  const { verdict, arc, session } = agent.state();
  agent.stop();
  const secretDelivered = session?.secrets.some((secret) => secret.mode === "delivered") ?? false;
  if (verdict !== "trusted") broken.push(`${device.name}: ${verdict ?? "no verdict"} instead of trusted`);
  if (!secretDelivered) broken.push(`${device.name}: was not given the key`);
  const last = world.standIn.seen().findLast(({ target }) => target.startsWith("/planetary/apod"));
  const upstreamStatus = code === null ? (last?.status ?? null) : null;
  const { name, platform } = device;
  return { row: { name, platform, attack: null, verdict, arc, reason: code, secretDelivered, upstreamStatus }, broken };
}
