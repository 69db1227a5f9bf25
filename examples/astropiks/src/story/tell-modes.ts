import type { Agent } from "@countersign/client";
import { demoNames } from "../world/demo-app.ts";
import type { DemoWorld } from "../world/demo-world.ts";
import type { DemoModes } from "./demo-case.ts";
import { isDelivered, nextSession, watching } from "./running-app.ts";

/** After a refresh that an event bought, the next waits this long. */
const spacingMs = 5000;

const versionOf = (agent: Agent): number =>
  agent.state().session?.secrets.find(({ name }) => name === demoNames.secret)?.version ?? 0;

/**
 * Switches the key's mode under one running app that watches and does nothing else but call: brokered with a new value, and delivered with another new
 * one. Between the two the verdict decides, and a second app is restricted, for a signal that no policy knows.
 */
export async function tellModes(
  world: DemoWorld,
): Promise<{ readonly modes: DemoModes; readonly broken: readonly string[] }> {
  const url = `${world.standIn.origin}/planetary/apod?api_key=${world.placeholder}&date=2024-01-01`;
  const secret = `/projects/${world.project.id}/secrets/${demoNames.secret}`;
  const set = (what: "mode" | "rotate", input: object): Promise<{ readonly version: number }> =>
    world.admin.call("POST", `${secret}/${what}`, input);
  const use = async (agent: Agent) => ({
    secretDelivered: isDelivered(agent),
    upstreamStatus: (await agent.fetch(url)).status,
  });
  const since = (atMs: number): number => Math.round(performance.now() - atMs);
  const app = world.createAgent(world.devices.iphone(), { watch: true }).agent;
  const pixel = world.devices.pixel();
  const other = world.createAgent(pixel, { watch: false }).agent;
  try {
    await Promise.all([app.start(), other.start()]);
    await use(app);
    await watching(app);

    const kept = nextSession(app, () => !isDelivered(app));
    await world.changeKey((value) => set("mode", { mode: "brokered", value }));
    const keptAtMs = performance.now();
    await kept;
    const brokered = { milliseconds: since(keptAtMs), ...(await use(app)) };

    const { version } = await set("mode", { mode: "by-verdict" });
    pixel.see({ name: "never-heard-of", count: 1, ageSeconds: 0 });
    await other.refresh("restricted");
    const restricted = { verdict: other.state().verdict, ...(await use(other)) };

    const given = nextSession(app, () => versionOf(app) === version + 2);
    await world.changeKey(async (value) => {
      await set("rotate", { value });
      await set("mode", { mode: "delivered" });
    });
    const givenAtMs = performance.now();
    await given;
    const delivered = { milliseconds: since(givenAtMs), ...(await use(app)) };

    const modes: DemoModes = { brokered, restricted, delivered };
    return { modes, broken: judge(modes) };
  } finally {
    app.stop();
    other.stop();
  }
}

function judge({ brokered, restricted, delivered }: DemoModes): string[] {
  const broken: string[] = [];
  if (brokered.milliseconds > 1000 || brokered.secretDelivered || brokered.upstreamStatus !== 200)
    broken.push("modes: the brokered key does not serve a watching app within a second, or is on its device");
  if (restricted.verdict !== "restricted" || restricted.secretDelivered || restricted.upstreamStatus !== 200)
    broken.push("modes: a restricted app is not served by the broker alone");
  if (delivered.milliseconds > spacingMs + 1000 || !delivered.secretDelivered || delivered.upstreamStatus !== 200)
    broken.push("modes: the key is not delivered again");
  return broken;
}
