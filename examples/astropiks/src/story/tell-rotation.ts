import type { Agent } from "@countersign/client";
import { demoNames } from "../world/demo-app.ts";
import type { DemoWorld } from "../world/demo-world.ts";
import type { DemoRotation } from "./demo-case.ts";
import { isDelivered, nextSession, watching } from "./running-app.ts";

/** Rotates the key under two running apps, one that watches and one that does not, and then keeps it at the server. */
export async function tellRotation(
  world: DemoWorld,
): Promise<{ readonly rotation: DemoRotation; readonly broken: readonly string[] }> {
  const url = `${world.standIn.origin}/planetary/apod?api_key=${world.placeholder}&date=2024-01-01`;
  const status = async (agent: Agent): Promise<number> => (await agent.fetch(url)).status;
  const watched = world.createAgent(world.devices.iphone(), { watch: true }).agent;
  const unwatched = world.createAgent(world.devices.pixel(), { watch: false }).agent;
  try {
    await Promise.all([watched.start(), unwatched.start()]);
    await Promise.all([status(watched), status(unwatched)]);
    await watching(watched);

    const fresh = nextSession(watched);
    await world.rotateKey();
    const changedAtMs = performance.now();
    await fresh;
    const milliseconds = Math.round(performance.now() - changedAtMs);
    const watchedStatus = await status(watched);
    const beforeRefresh = await status(unwatched);
    await unwatched.refresh("rotation");
    const afterRefresh = await status(unwatched);

    const secret = `/projects/${world.project.id}/secrets/${demoNames.secret}/mode`;
    await world.changeKey((value) => world.admin.call("POST", secret, { mode: "brokered", value }));
    await unwatched.refresh("brokered");
    const brokered = { secretDelivered: isDelivered(unwatched), upstreamStatus: await status(unwatched) };
    await world.changeKey((value) => world.admin.call("POST", secret, { mode: "delivered", value }));

    const rotation: DemoRotation = {
      watched: { milliseconds, withinOneSecond: milliseconds <= 1000, upstreamStatus: watchedStatus },
      unwatched: { beforeRefresh, afterRefresh },
      brokered,
    };
    return { rotation, broken: judge(rotation) };
  } finally {
    watched.stop();
    unwatched.stop();
  }
}

function judge({ watched, unwatched, brokered }: DemoRotation): string[] {
  const broken: string[] = [];
  if (!watched.withinOneSecond || watched.upstreamStatus !== 200)
    broken.push("rotation: a watching app did not use the new key within a second");
  if (unwatched.beforeRefresh !== 403) broken.push("rotation: the old key is still good");
  if (unwatched.afterRefresh !== 200) broken.push("rotation: the next refresh did not bring the new key");
  if (brokered.secretDelivered || brokered.upstreamStatus !== 200)
    broken.push("rotation: the brokered key does not serve");
  return broken;
}
