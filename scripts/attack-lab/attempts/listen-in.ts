import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { placeholderOf } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { createPlatformFetch } from "../../../examples/astropiks/src/forms/platform-fetch.ts";
import type { DemoWorld } from "../../../examples/astropiks/src/world/demo-world.ts";
import { findLeaks } from "../../../testing/leak-detector.ts";
import { type Mitmproxy, startMitmproxy } from "../../../testing/mitmproxy.ts";
import { type Attempt, type Form, toAttempt } from "../attempt.ts";
import { directConfiguration } from "../direct-configuration.ts";
import { type RecordedRequest, recordedRequests } from "../recorded-requests.ts";

const day = "2024-01-01";
const pathOf = (key: string): string => `/planetary/apod?api_key=${key}&date=${day}`;

/** What was tried between two ends, and the requests that passed there, for who wants to send them again. */
export interface ListenedIn {
  readonly attempt: Attempt;
  readonly requests: readonly RecordedRequest[];
}

/** What was read between two ends, and whether the app worked meanwhile. */
async function read(proxy: Mitmproxy, keys: readonly string[], how: Parameters<typeof judge>[1]): Promise<ListenedIn> {
  const requests = recordedRequests(proxy.captured());
  const flows = await proxy.stop();
  const attempt = judge(
    keys.some((key) => findLeaks(flows, key).length > 0),
    { ...how, looked: `${Math.ceil(flows.length / 1024)} KiB of decrypted traffic; ${how.looked}` },
  );
  return { attempt, requests };
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
export async function listenToApi(world: DemoWorld, form: Form): Promise<ListenedIn> {
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
): Promise<ListenedIn> {
  const title = "Read what goes between app and Countersign, under an authority that the phone trusts";
  const proxy = await startMitmproxy({ port: world.port, listen });
  const { agent } = world.createAgent(world.devices.iphone(), { serviceCa: proxy.caPem, watch: false });
  await agent.start();
  const key = form === "delivered" ? world.placeholder : world.brokeredPlaceholder;
  const looked = await statusOf(agent.fetch(world.standIn.origin + pathOf(key)));
  agent.stop();
  return read(proxy, world.apiKeys(), { title, form, looked });
}

/**
 * Between the broker and the API, under an authority that the broker's machine trusts: the attacker is in the operator's network. The API is
 * registered where the attacker listens, as if names resolved to there; its certificate must still be under the root that the operator named.
 */
export async function listenToUpstream(world: DemoWorld): Promise<ListenedIn> {
  const title = "Read what goes between broker and API, under an authority that the broker's machine trusts";
  const { standIn, admin, project } = world;
  const proxy = await startMitmproxy({ port: standIn.port });
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, proxy.caPem]);
  try {
    const base = `/projects/${project.id}`;
    const place = { api: "diverted", methods: ["GET"], path: "/planetary/apod", in: "query", name: "api_key" };
    const api = { id: place.api, host: "localhost", port: proxy.port, channel: "roots", roots: [world.standInCa] };
    await admin.call("POST", `${base}/apis`, api);
    const [secret, brokered] = ["diverted-key", { mode: "brokered", places: [{ ...place, when: "placeholder" }] }];
    await admin.call("PUT", `${base}/secrets/${secret}`, { ...brokered, value: world.apiKey() });
    const placeholder = placeholderOf(sha256, Buffer.from(project.id, "base64url"), secret);
    const configuration = directConfiguration(world);
    const { agent } = world.createAgent(world.devices.pixel(), { configuration, watch: false });
    await agent.start();
    const looked = await statusOf(agent.fetch(`https://localhost:${proxy.port}${pathOf(placeholder)}`));
    agent.stop();
    return await read(proxy, world.apiKeys(), { title, form: "brokered", looked });
  } finally {
    setDefaultCACertificates(before);
  }
}
