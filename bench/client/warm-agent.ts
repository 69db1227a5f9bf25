import { type Agent, type ChannelTransport, createAgent } from "@countersign/client";
import type { FakeService } from "../../packages/client/src/testing/fake-service.ts";
import { apiOf, createTestBed } from "../../packages/client/src/testing/test-agent.ts";

const body = new TextEncoder().encode('{"title":"picture"}');

/** A transport that costs next to nothing, keeps nothing, and answers 19 bytes of JSON. */
const bareTransport: ChannelTransport = {
  send: async () => ({
    status: 200,
    headers: [["content-type", "application/json"]],
    body: (async function* () {
      yield body;
    })(),
  }),
};

/** An agent whose session is open and whose secret and token are at hand, in front of a transport of no cost. */
export interface WarmAgent {
  readonly agent: Agent;
  readonly service: FakeService;
  /** With a placeholder in its query. */
  readonly url: string;
  /** One request past the agent, its body read. */
  sendBare(): Promise<string>;
}

export async function createWarmAgent(): Promise<WarmAgent> {
  const bed = createTestBed({ options: { watch: false } });
  bed.project.apis = [apiOf({ token: { header: "authorization", prefix: "Bearer ", bind: [] } })];
  const ports = { ...bed.ports, channel: bareTransport };
  const agent = createAgent({ configuration: bed.project.configuration(), ports, options: { watch: false } });
  const url = `https://api.nasa.gov/planetary/apod?date=2026-01-01&api_key=${bed.project.placeholder("nasa")}`;
  await (await agent.fetch(url)).text();
  const { service } = bed;
  const request = {
    method: "GET",
    host: "api.nasa.gov",
    port: 443,
    target: "/planetary/apod?date=2026-01-01",
    headers: [],
    body: null,
    policy: { channel: "system", pins: [], roots: [] },
    abort: { aborted: false, onAbort: () => () => {} },
  } as const;
  const decoder = new TextDecoder();
  const sendBare = async (): Promise<string> => {
    let text = "";
    for await (const part of (await bareTransport.send(request)).body) text += decoder.decode(part);
    return text;
  };
  return { agent, service, url, sendBare };
}
