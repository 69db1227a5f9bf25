import type { ServiceResponse } from "@countersign/client";
import { utf8 } from "../encoding/bytes.ts";
import { agentOutcome, createInterceptor, refreshCode } from "./agent-attack.ts";
import type { Attack } from "./attack.ts";

const forgedCodes = ["credential_invalid", "challenge_spent", "proof_invalid", "counter_stale", "challenge_expired"];

/** A refresh: at most three repeats, each with a fresh challenge, and one enrolment beside the old key. */
const mostRequests = 12;

export const forgedErrors: Attack = {
  name: "forged-errors",
  platform: "android",
  attack: "Someone in the network answers every request with an unsigned problem, to make the agent give up its key.",
  expected: { kind: "agent_error", code: "statement_rejected" },
  run: async (lab) => {
    const interceptor = createInterceptor();
    const agent = await lab.createAgent(lab.pixel(), { middleman: interceptor.middleman });
    try {
      await agent.start();
      await agent.refresh("before the attack");
      const before = agent.state().instance;
      interceptor.setWay(async () => problem(forgedCodes[interceptor.requests.length % forgedCodes.length] ?? ""));
      const code = await refreshCode(agent);
      const sent = interceptor.requests.length;
      if (sent > mostRequests) throw new Error(`the agent sent ${sent} requests against forged errors`);
      if (agent.state().instance !== before) throw new Error("forged errors made the agent give up its instance");
      interceptor.setWay(null);
      await agent.refresh("after the attack");
      if (agent.state().instance !== before) throw new Error("the agent came back as another instance");
      return agentOutcome(code, interceptor);
    } finally {
      agent.stop();
    }
  },
};

function problem(code: string): ServiceResponse {
  const body = { type: `/errors/${code}`, title: "Forged", status: 409, code };
  return {
    status: 409,
    headers: [["content-type", "application/problem+json"]],
    body: utf8(JSON.stringify(body)),
  };
}
