import { ChannelError, type ChannelPolicy, type ChannelTransport } from "../ports.ts";
import { HeldAgent } from "./held-agent.ts";
import { sendMessage } from "./send-message.ts";

const maxPolicies = 64;

export interface NodeChannelOptions {
  /** The device store, PEM. Default: Node's own. */
  readonly trustedCas?: readonly string[];
}

function keyOf(policy: ChannelPolicy): string {
  const roots = policy.roots.map((der) => Buffer.from(der).toString("base64"));
  return JSON.stringify([policy.channel, policy.pins, roots]);
}

/** Connections to APIs on node:tls, pooled per policy: a connection made under one policy never serves another. */
export function nodeChannelTransport(options: NodeChannelOptions = {}): ChannelTransport {
  const agents = new Map<string, HeldAgent>();
  const agentOf = (policy: ChannelPolicy): HeldAgent => {
    const key = keyOf(policy);
    const known = agents.get(key);
    if (known !== undefined) return known;
    const agent = new HeldAgent(policy, options.trustedCas);
    agents.set(key, agent);
    const [oldest] = agents.keys();
    if (agents.size > maxPolicies && oldest !== undefined) {
      agents.get(oldest)?.destroy();
      agents.delete(oldest);
    }
    return agent;
  };
  return {
    streams: true,
    async send({ method, host, port, target, headers, body, stream, policy, abort }) {
      if (policy.channel === "pins" && policy.pins.length === 0) {
        throw new ChannelError("channel_refused", "the policy names no pin");
      }
      const message = { method, host, port, target, headers, body, ...(stream === undefined ? {} : { stream }), abort };
      return sendMessage({ secure: true, agent: agentOf(policy), ...message });
    },
  };
}
