import { Agent } from "node:http";
import { getCACertificates } from "node:tls";
import { parseConfigurationString } from "@countersign/protocol";
import * as limits from "@countersign/protocol/limits";
import { createAborter } from "../abort.ts";
import { ChannelError, type ServiceTransport } from "../ports.ts";
import { addressOf, isPlainService, serviceOrigin } from "../service-origin.ts";
import { EventStreamReader } from "../watch/event-stream.ts";
import { HeldAgent } from "./held-agent.ts";
import { type Message, sendMessage } from "./send-message.ts";

export interface NodeServiceOptions {
  /** `cs1~…` or `csd1~…`: names the service's host. */
  readonly configuration: string;
  /** A PEM certificate to trust for the service beside the device store. */
  readonly serviceCa?: string;
  /** The device store, PEM. Default: Node's own. */
  readonly trustedCas?: readonly string[];
}

/** What the service's certificate may chain to. */
export function serviceStore({
  serviceCa,
  trustedCas,
}: Pick<NodeServiceOptions, "serviceCa" | "trustedCas">): readonly string[] | undefined {
  if (serviceCa === undefined) return trustedCas;
  return [...(trustedCas ?? getCACertificates("default")), serviceCa];
}

/**
 * The service over HTTP/1.1. Its TLS is the device's ordinary one and nothing rests on it: what it brings is untrusted bytes to the core,
 * which believes signatures alone.
 */
export function nodeServiceTransport(options: NodeServiceOptions): ServiceTransport {
  const parsed = parseConfigurationString(options.configuration);
  if (!parsed.ok) throw new TypeError(parsed.detail);
  const { host, port } = parsed.value;
  const plain = isPlainService(parsed.value, options.serviceCa !== undefined);
  const agents = new Map<boolean, Agent>();
  const agentOf = (secure: boolean): Agent => {
    const made = (): Agent =>
      secure
        ? new HeldAgent({ channel: "system", pins: [], roots: [] }, serviceStore(options))
        : new Agent({ keepAlive: true });
    const agent = agents.get(secure) ?? made();
    agents.set(secure, agent);
    return agent;
  };
  const to = { secure: !plain, agent: agentOf(!plain), host, port: port ?? (plain ? 80 : 443) };
  const send = (message: Omit<Message, "secure" | "agent" | "host" | "port">) => sendMessage({ ...to, ...message });

  return {
    origin: serviceOrigin(parsed.value, plain),

    async send({ method, path, headers, body, timeoutMs }) {
      const aborter = createAborter();
      const timer = setTimeout(() => aborter.abort(), timeoutMs);
      try {
        const answer = await send({ method, target: path, headers, body, abort: aborter.handle });
        const parts: Uint8Array[] = [];
        let length = 0;
        for await (const part of answer.body) {
          length += part.length;
          if (length > limits.answerBytes) throw new ChannelError("network", "the answer is too large");
          parts.push(part);
        }
        return { status: answer.status, headers: answer.headers, body: new Uint8Array(Buffer.concat(parts)) };
      } finally {
        clearTimeout(timer);
      }
    },

    async watch({ path, headers }, onData, abort) {
      const answer = await send({ method: "GET", target: path, headers, body: null, abort });
      const type = answer.headers.find(([name]) => name === "content-type")?.[1] ?? "";
      const isStream = answer.status === 200 && type.startsWith("text/event-stream");
      const reader = new EventStreamReader(onData);
      const decoder = new TextDecoder();
      for await (const part of answer.body) {
        if (!isStream || !reader.push(decoder.decode(part, { stream: true }))) break;
      }
    },

    relay({ origin, method, path, headers, body, abort }) {
      const at = origin === undefined ? to : { ...addressOf(origin), agent: agentOf(addressOf(origin).secure) };
      return sendMessage({ ...at, method, target: path, headers, body, abort });
    },
  };
}
