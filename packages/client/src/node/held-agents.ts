import type { ChannelPolicy } from "../ports.ts";
import { HeldAgent } from "./held-agent.ts";

const maxPolicies = 64;

function keyOf(policy: ChannelPolicy): string {
  const roots = policy.roots.map((der) => Buffer.from(der).toString("base64"));
  return JSON.stringify([policy.channel, policy.pins, roots]);
}

/** One pool of connections for each policy: a connection made under one never serves another. */
export function heldAgents(trustedCas: readonly string[] | undefined): (policy: ChannelPolicy) => HeldAgent {
  const agents = new Map<string, HeldAgent>();
  return (policy) => {
    const key = keyOf(policy);
    const known = agents.get(key);
    if (known !== undefined) return known;
    const agent = new HeldAgent(policy, trustedCas);
    agents.set(key, agent);
    const [oldest] = agents.keys();
    if (agents.size > maxPolicies && oldest !== undefined) {
      agents.get(oldest)?.destroy();
      agents.delete(oldest);
    }
    return agent;
  };
}
