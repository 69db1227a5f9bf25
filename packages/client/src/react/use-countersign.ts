import { useContext, useMemo, useSyncExternalStore } from "react";
import type { AgentPhase, AgentState, SessionSummary } from "../agent-state.ts";
import type { AgentError } from "../errors.ts";
import type { AgentResponse } from "../fetch/agent-response.ts";
import type { AgentRequestInit } from "../fetch/app-request.ts";
import { type AgentStore, noAgent } from "./agent-store.ts";
import { CountersignContext } from "./countersign-provider.ts";

/** The agent as a component sees it. `fetch` and `refresh` are the same functions in every render. */
export interface Countersign {
  readonly state: AgentState;
  readonly phase: AgentPhase;
  /** Whether a session is open. Where nothing was fetched yet, none is: nothing asks for one before it is needed. */
  readonly ready: boolean;
  /** What the last statement or background work failed with; null again once a session is open. */
  readonly error: AgentError | null;
  /** What a user tells support; null where no signed answer came yet. */
  readonly arc: string | null;
  /** `agent.refresh`. Rejects with AgentError `stopped` once the provider is gone. */
  readonly refresh: (reason?: string) => Promise<SessionSummary>;
  /** `agent.fetch`. Rejects with AgentError `stopped` once the provider is gone. */
  readonly fetch: (url: string, init?: AgentRequestInit) => Promise<AgentResponse>;
}

const onServer = (): typeof noAgent => noAgent;

/** @throws TypeError outside a CountersignProvider. */
export function useAgentStore(): AgentStore {
  const store = useContext(CountersignContext);
  if (store === null) throw new TypeError("no CountersignProvider is above this component");
  return store;
}

/** The agent's state, kept up to date, and its calls. On a server, and until a page is hydrated, the agent is `new`. */
export function useCountersign(): Countersign {
  const store = useAgentStore();
  const { state, error } = useSyncExternalStore(store.subscribe, store.shown, onServer);
  const calls = useMemo(
    () => ({
      refresh: async (reason?: string) => (await store.agent()).refresh(reason),
      fetch: async (url: string, init?: AgentRequestInit) => (await store.agent()).fetch(url, init),
    }),
    [store],
  );
  return useMemo(
    () => ({ state, phase: state.phase, ready: state.phase === "session", error, arc: state.arc, ...calls }),
    [state, error, calls],
  );
}
