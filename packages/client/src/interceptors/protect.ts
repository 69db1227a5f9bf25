import type { Agent } from "../agent.ts";
import type { Coverage } from "../coverage.ts";
import { protectionOn, replaceableStacks } from "./install.ts";
import { protectEventSource } from "./protect-event-source.ts";
import { protectFetch } from "./protect-fetch.ts";
import { protectWebSocket } from "./protect-web-socket.ts";
import { protectXmlHttpRequest } from "./protect-xml-http-request.ts";
import { coverage } from "./read-coverage.ts";
import type { Protection, ProtectOptions, Scope } from "./scope.ts";

const protectors = [protectFetch, protectXmlHttpRequest, protectWebSocket, protectEventSource];

/** Every stack of a scope that was protected. */
export interface ScopeProtection extends Protection {
  /** What was found and done; the agent's event `coverage` told the same. */
  readonly coverage: Coverage;
}

/**
 * Puts the agent in front of every network stack of a scope: `fetch`, `XMLHttpRequest`, `WebSocket`, `EventSource`. To be called as early as an
 * app can, before libraries take their own copy. A second call by the same agent changes nothing; one by another is a TypeError.
 */
export function protect(agent: Agent, scope: Scope = globalThis, options: ProtectOptions = {}): ScopeProtection {
  const before = new Set(replaceableStacks.map((stack) => protectionOn(scope[stack])));
  const protections: Protection[] = [];
  const restore = (): boolean => protections.map((each) => each.restore()).every(Boolean);
  try {
    for (const protectStack of protectors) {
      const protection = protectStack(agent, scope, options);
      if (protection !== null) protections.push(protection);
    }
  } catch (error) {
    // What stood before this call stays: a call that fails leaves no less protected than it found.
    for (const each of protections) if (!before.has(each)) each.restore();
    throw error;
  }
  const found = coverage(scope);
  agent.reportCoverage(found);
  return { coverage: found, restore };
}
