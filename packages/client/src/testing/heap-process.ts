/**
 * A process that holds an agent and nothing else: service and API are elsewhere, so that whatever is found here is the agent's own. It does
 * what its parent says and writes down its memory; it never learns what is looked for.
 */
import axios from "axios";
import { takePicture } from "../../../../testing/memory-picture.ts";
import { createAgent } from "../agent.ts";
import { createEventSourceClass } from "../interceptors/agent-event-source.ts";
import { protectAxios } from "../interceptors/protect-axios.ts";
import { protectFetch } from "../interceptors/protect-fetch.ts";
import { protectWebSocket } from "../interceptors/protect-web-socket.ts";
import { createNodePorts } from "../node/index.ts";
import { valuesOf } from "../values/app-values.ts";
import { nodeScope } from "./node-scope.ts";
import { createSoftwareKeys } from "./software-keys.ts";

export type HeapCommand =
  | { readonly kind: "fetch"; readonly url: string; readonly body: string | null }
  /** One request by a network stack that the agent protects; what it gives stays, a socket open. */
  | { readonly kind: "stack"; readonly stack: HeapStack; readonly request: HeapRequest }
  /** Uses what gives values to the app, which keeps none. */
  | { readonly kind: "keep"; readonly value: string }
  | { readonly kind: "picture"; readonly heap: string; readonly buffers: string }
  | { readonly kind: "stop" };

export const heapStacks = ["fetch", "axios", "EventSource", "WebSocket"] as const;
export type HeapStack = (typeof heapStacks)[number];

export interface HeapRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

const [configuration = "", trustedCa = ""] = process.argv.slice(2);
const ports = createNodePorts({
  configuration,
  app: { id: "astropiks", version: "1.0.0", build: "1" },
  keys: createSoftwareKeys("android"),
  trustedCas: [trustedCa],
});
const agent = createAgent({ configuration, ports, options: { watch: false } });
/** Kept as an app might keep them. */
const answers: unknown[] = [];

const scope = nodeScope();
protectFetch(agent, scope);
protectWebSocket(agent, scope);
const instance = axios.create();
protectAxios(agent, instance, { scope });
const Source = createEventSourceClass(agent, scope);
const Socket = scope.WebSocket as unknown as new (url: string, protocols: string[], options: object) => WebSocket;

/** The first message of either kind of stream. */
function firstOf(stream: EventTarget): Promise<string> {
  answers.push(stream);
  return new Promise((resolve, reject) => {
    stream.addEventListener("message", (event) => resolve((event as MessageEvent<string>).data));
    stream.addEventListener("error", () => reject(new Error("the stream failed")));
  });
}

const stacks: Readonly<Record<HeapStack, (request: HeapRequest) => Promise<string>>> = {
  async fetch({ url, headers, body }) {
    const response = await scope.fetch(url, { method: body === null ? "GET" : "POST", headers, body });
    answers.push(response);
    return response.text();
  },
  async axios({ url, headers, body }) {
    const response = await instance.request<string>({
      url,
      method: body === null ? "get" : "post",
      headers,
      data: body,
    });
    answers.push(response);
    return response.data;
  },
  EventSource: ({ url, headers }) => firstOf(new Source(url, { headers })),
  WebSocket: ({ url, headers }) => firstOf(new Socket(url.replace("https:", "wss:"), [], { headers })),
};

async function obey(command: HeapCommand): Promise<unknown> {
  if (command.kind === "fetch") {
    const { url, body } = command;
    const headers = { "content-type": "application/json" };
    const response = await agent.fetch(url, body === null ? {} : { method: "POST", headers, body });
    const text = await response.text();
    answers.push(response);
    return { status: response.status, text };
  }
  if (command.kind === "stack") return { text: await stacks[command.stack](command.request) };
  if (command.kind === "keep") {
    await valuesOf(agent).set("kept", command.value);
    answers.push(await agent.getSecret("nasa"));
    const got = await valuesOf(agent).get("kept");
    await agent.getToken("nasa");
    const custom = await agent.getCustomToken("nasa", { order: 1 });
    return { got: got?.length, custom: custom.length };
  }
  if (command.kind === "picture") {
    return { buffers: await takePicture(command) };
  }
  agent.stop();
  process.exit();
}

process.on("message", ({ id, command }: { id: number; command: HeapCommand }) => {
  void obey(command).then(
    (result) => process.connected && process.send?.({ id, result }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  );
});
