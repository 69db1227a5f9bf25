import type { Agent } from "@countersign/client";
import { createDeliveredForm } from "./forms/delivered.ts";
import { genuineDevices } from "./world/demo-devices.ts";
import type { DemoWorld } from "./world/demo-world.ts";

/** The genuine devices in use: one after another looks at a picture, at most one fetch in `everyMs`. A failing fetch is that user's bad luck. */
export function keepAlive(world: DemoWorld, everyMs = 20_000): { stop(): void } {
  const agents: Agent[] = [];
  let turn = 0;
  const use = async (): Promise<void> => {
    const at = turn % genuineDevices.length;
    turn += 1;
    const device = genuineDevices[at];
    if (device === undefined) return;
    let agent = agents[at];
    if (agent === undefined) {
      agent = world.createAgent(device.make(world.devices)).agent;
      agents[at] = agent;
      await agent.start();
    }
    await createDeliveredForm({
      origin: world.standIn.origin,
      agent,
      placeholder: world.placeholder,
      nowMs: world.clock.nowMs,
    }).list(1);
  };
  const timer = setInterval(() => void use().catch(() => {}), everyMs);
  return {
    stop() {
      clearInterval(timer);
      for (const agent of agents) agent.stop();
    },
  };
}
