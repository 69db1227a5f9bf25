import { ChannelError, type ChannelTransport } from "../ports.ts";
import { heldAgents } from "./held-agents.ts";
import { sendMessage } from "./send-message.ts";

export interface NodeChannelOptions {
  /** The device store, PEM. Default: Node's own. */
  readonly trustedCas?: readonly string[];
}

/** Connections to APIs on node:tls, pooled per policy: a connection made under one policy never serves another. */
export function nodeChannelTransport(options: NodeChannelOptions = {}): ChannelTransport {
  const agentOf = heldAgents(options.trustedCas);
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
