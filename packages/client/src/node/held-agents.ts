import type { ChannelPolicy } from "../ports.ts";
import { HeldAgent } from "./held-agent.ts";

const maxPolicies = 64;

function keyOf(policy: ChannelPolicy): string {
  const roots = policy.roots.map((der) => Buffer.from(der).toString("base64"));
  return JSON.stringify([policy.channel, policy.pins, roots]);
}

/** One pool of connections for each policy: a connection made under one never serves another. The policy that was not used for longest goes first. */
export function heldAgents(
  trustedCas: readonly string[] | undefined,
  nowMs?: () => number,
): (policy: ChannelPolicy) => HeldAgent {
  const agents = new Map<string, HeldAgent>();
  return (policy) => {
    const key = keyOf(policy);
    const known = agents.get(key);
    known?.dropAged();
    const agent = known ?? new HeldAgent(policy, trustedCas, nowMs);
    agents.delete(key);
    agents.set(key, agent);
    const [oldest] = agents.keys();
    if (agents.size > maxPolicies && oldest !== undefined) {
      agents.get(oldest)?.destroy();
      agents.delete(oldest);
    }
    return agent;
  };
}
