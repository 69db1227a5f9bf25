import { createAgent } from "../agent.ts";
import type { Agent } from "../agent-api.ts";
import { AgentError } from "../errors.ts";
import { answerAsk, openAsks } from "./asks.ts";
import { hostBridge, hostPorts, hostTimers } from "./host-ports.ts";
import type { HostedAgent, ScriptHost } from "./script-host.ts";
import { startOf } from "./start.ts";

/** What was asked before `start`, or after a start that failed: the native code's mistake. */
const notStarted = { fault: { code: "not_started", message: "The agent was not started." } };

function faultOf(error: unknown): object {
  if (error instanceof AgentError) {
    const { code, message, arc, action, reasons, retryAfterSeconds } = error;
    return {
      fault: {
        code,
        message,
        arc,
        action,
        ...(reasons && { reasons }),
        ...(retryAfterSeconds && { retryAfterSeconds }),
      },
    };
  }
  // The core's TypeErrors say what the caller did wrong, and repeat nothing of what was given.
  if (error instanceof TypeError) return { fault: { code: "misuse", message: error.message } };
  return { fault: { code: "internal", message: "The agent failed." } };
}

/** The agent behind text. One to a process: a second `start` is misuse. */
export function hostAgent(host: ScriptHost): HostedAgent {
  const { bridge, play: platformPlay, answered } = hostBridge(host);
  const { timers, passed } = hostTimers(host);
  const asks = openAsks();
  let agent: Agent | null = null;

  const answer = async (id: number, name: string, text: string): Promise<object> => {
    const of: unknown = JSON.parse(text);
    if (name === "start") {
      if (agent !== null) throw new TypeError("the agent is started already");
      const { configuration, app, identity, play, options } = startOf(of);
      const ports = hostPorts(host, {
        configuration,
        app,
        identity,
        bridge,
        timers,
        ...(play ? { play: platformPlay } : {}),
      });
      agent = createAgent({ configuration, ports, options });
      // What cannot be read yet, as before a phone's first unlock, is read with the next ask, which says so where it fails again.
      await agent.start().catch(() => {});
      return { value: true };
    }
    return agent === null ? notStarted : { value: (await answerAsk(agent, asks, id, name, of)) ?? true };
  };

  return {
    answered,
    passed,
    ask(id, name, text) {
      answer(id, name, text)
        .catch(faultOf)
        .then((given) => host.answer(id, JSON.stringify(given)))
        .catch(() => {});
    },
  };
}
