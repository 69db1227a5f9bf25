import { type Agent, AgentError } from "@countersign/client";
import type { AttackOutcome } from "@countersign/virtual-device";

/** How a call of the agent ended, as an attack tells it. */
export interface AgentCall {
  readonly code: string | null;
  readonly status: number | null;
  readonly body: Uint8Array;
}

/** Runs a call and turns the agent's typed error into its code; any other error is a mistake of the attack itself. */
export async function callAgent(call: () => ReturnType<Agent["fetch"]>): Promise<AgentCall> {
  try {
    const response = await call();
    return { code: null, status: response.status, body: await response.bytes() };
  } catch (error) {
    if (error instanceof AgentError) return { code: error.code, status: null, body: new Uint8Array() };
    throw error;
  }
}

/** The outcome of a call through a genuine agent: a typed error, or the session it has. The attacker was not the one who was given anything. */
export function outcomeOf(agent: Agent, call: AgentCall, seen: readonly Uint8Array[]): AttackOutcome {
  const { verdict, arc } = agent.state();
  const failed = call.code !== null;
  return {
    verdict: failed ? null : verdict,
    arc: failed ? null : arc,
    code: call.code,
    secretDelivered: false,
    upstreamStatus: call.status,
    seen,
  };
}
