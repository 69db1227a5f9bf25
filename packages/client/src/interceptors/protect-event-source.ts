import type { Agent } from "../agent.ts";
import { type AgentEventSourceInit, createEventSourceClass } from "./agent-event-source.ts";
import { install } from "./install.ts";
import { createRouting } from "./routing.ts";
import type { Protection, ProtectOptions, Scope } from "./scope.ts";

type Call = readonly [url: unknown, init?: AgentEventSourceInit];

/**
 * Puts the agent in front of a scope's `EventSource`. What is not the agent's is the platform's own object, made of the very same arguments.
 * Where nobody can say yet whose a stream is, it is read by the agent, which knows at each connection. Null where there is none:
 * `createEventSourceClass` gives one for platforms without.
 */
export function protectEventSource(
  agent: Agent,
  scope: Scope = globalThis,
  options: ProtectOptions = {},
): Protection | null {
  return install(agent, scope, "EventSource", (Platform, gate) => {
    const routing = createRouting(agent, scope, options);
    const Own = createEventSourceClass(agent, scope);

    function ProtectedEventSource(...call: Call): object {
      if (new.target === undefined) return Reflect.apply(Platform as unknown as () => object, undefined, call);
      const pass = (): object =>
        Reflect.construct(Platform, call, Object.is(new.target, front) ? Platform : new.target);
      if (!gate.isOpen()) return pass();
      const [given, init] = call;
      const url = String(given);
      const verdict = routing.isOurs(url, Object.values(init?.headers ?? {}).map(String));
      if (verdict === false) return pass();
      // Its first connection finds out, and tells a failure, by itself.
      if (verdict !== true) verdict.catch(() => {});
      return new Own(routing.resolve(url).replace(/#.*$/s, ""), init);
    }

    const front = ProtectedEventSource as unknown as typeof EventSource;
    Object.defineProperty(front, "name", { value: "EventSource" });
    Object.defineProperty(front, "prototype", { value: Platform.prototype });
    Object.defineProperty(front, Symbol.hasInstance, {
      value: (value: unknown) => value instanceof Platform || value instanceof Own,
    });
    ["CONNECTING", "OPEN", "CLOSED"].forEach((name, value) => {
      Object.defineProperty(front, name, { value, enumerable: true });
    });
    return front;
  });
}
