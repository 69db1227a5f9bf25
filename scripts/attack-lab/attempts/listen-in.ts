import { createPlatformFetch } from "../../../examples/astropiks/src/forms/platform-fetch.ts";
import type { DemoWorld } from "../../../examples/astropiks/src/world/demo-world.ts";
import { findLeaks } from "../../../testing/leak-detector.ts";
import { type Mitmproxy, startMitmproxy } from "../../../testing/mitmproxy.ts";
import { type Attempt, type Form, toAttempt } from "../attempt.ts";
import { directConfiguration } from "../direct-configuration.ts";

const day = "2024-01-01";
const pathOf = (key: string): string => `/planetary/apod?api_key=${key}&date=${day}`;

/** What was read between two ends, and whether the app worked meanwhile. */
async function read(proxy: Mitmproxy, keys: readonly string[], how: Parameters<typeof judge>[1]): Promise<Attempt> {
  const flows = await proxy.stop();
  return judge(
    keys.some((key) => findLeaks(flows, key).length > 0),
    { ...how, looked: `${Math.ceil(flows.length / 1024)} KiB of decrypted traffic; ${how.looked}` },
  );
}

function judge(isFound: boolean, how: Pick<Attempt, "title" | "form" | "looked">): Attempt {
  return toAttempt({ ...how, tool: "mitmproxy", found: isFound ? ["the traffic"] : [] });
}

const statusOf = (sending: Promise<{ readonly status: number }>): Promise<string> =>
  sending.then(
    ({ status }) => `the app was answered ${status}`,
    (error: unknown) => `the app sent nothing: ${(error as { readonly code?: string }).code ?? String(error)}`,
  );

/** Between the app and NASA, under an authority that the phone trusts: the attacker owns the phone. */
export async function listenToApi(world: DemoWorld, form: Form): Promise<Attempt> {
  const title = "Read what goes between app and API, under an authority that the phone trusts";
  const { standIn } = world;
  const proxy = await startMitmproxy({ port: standIn.port });
  if (form === "hard-coded") {
    const fetch = createPlatformFetch({ trustedCas: [proxy.caPem], through: { port: proxy.port } });
    const looked = await statusOf(fetch(standIn.origin + pathOf(world.apiKey())));
    return read(proxy, world.apiKeys(), { title, form, looked });
  }
  const divert = (_host: string, port: number): number | null => (port === standIn.port ? proxy.port : null);
  const configuration = directConfiguration(world);
  const options = { configuration, trustedCas: [proxy.caPem], divert, watch: false };
  const { agent } = world.createAgent(world.devices.pixel(), options);
  await agent.start();
  const key = form === "delivered" ? world.placeholder : world.brokeredPlaceholder;
  const looked = await statusOf(agent.fetch(standIn.origin + pathOf(key)));
  agent.stop();
  return read(proxy, world.apiKeys(), { title, form, looked });
}

/** Between the app and the service, its broker included, under an authority that the phone trusts. `listen` is the port that the project names. */
export async function listenToService(
  world: DemoWorld,
  form: Exclude<Form, "hard-coded">,
  listen: number,
): Promise<Attempt> {
  const title = "Read what goes between app and Countersign, under an authority that the phone trusts";
  const proxy = await startMitmproxy({ port: world.port, listen });
  const { agent } = world.createAgent(world.devices.iphone(), { serviceCa: proxy.caPem, watch: false });
  await agent.start();
  const key = form === "delivered" ? world.placeholder : world.brokeredPlaceholder;
  const looked = await statusOf(agent.fetch(world.standIn.origin + pathOf(key)));
  agent.stop();
  return read(proxy, world.apiKeys(), { title, form, looked });
}
