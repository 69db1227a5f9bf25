import type { Agent } from "./agent-api.ts";
import type { FetchDeps } from "./fetch/fetch-deps.ts";
import type { AgentStorage } from "./memory/agent-storage.ts";
import type { AbortHandle } from "./ports.ts";

/** What an agent shares with the parts of it that an app imports for themselves. No entry exports it. */
export interface AgentInside extends FetchDeps {
  readonly storage: AgentStorage;
  /** Given up where the agent is stopped. */
  readonly stopped: AbortHandle;
  /** What is stored was loaded. */
  isStarted(): boolean;
  /** Starts the agent; rejects once it is stopped. */
  ready(): Promise<void>;
  /** Notes a signal that another library of the app saw; a severe one wipes at once, and the service is told. */
  note(name: string, detail: string): void;
  /** b64u of 16 bytes; null where there is no key yet. */
  instance(): string | null;
}

const insides = new WeakMap<Agent, AgentInside>();

export function shareInside(agent: Agent, inside: AgentInside): void {
  insides.set(agent, inside);
}

export function insideOf(agent: Agent): AgentInside {
  const inside = insides.get(agent);
  if (inside === undefined) throw new TypeError("an agent is what createAgent gives");
  return inside;
}
