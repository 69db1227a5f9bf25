import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
} from "react";
import type { Agent } from "../agent.ts";
import type { AgentError } from "../errors.ts";
import { AgentStore } from "./agent-store.ts";

/** Null outside a provider. */
export const CountersignContext = createContext<AgentStore | null>(null);

interface CommonProps {
  readonly children?: ReactNode;
  /** Told of each error and refusal; `error.message` and `error.arc` may be shown to a user. */
  readonly onError?: (error: AgentError) => void;
}

/** One of `agent` (the app's own, never stopped here) and `createAgent` (called when the provider is mounted; stopped when it is gone). */
export type CountersignProviderProps = CommonProps &
  (
    | { readonly agent: Agent; readonly createAgent?: undefined }
    | { readonly agent?: undefined; readonly createAgent: () => Agent }
  );

/** A layout effect runs before any passive effect of a child; on a server neither runs, and React warns of the first. */
const useEarlyEffect = typeof window === "undefined" ? useEffect : useLayoutEffect;

/**
 * Gives an agent to the components below. Mounting it starts the agent: stored state is loaded and verified, nothing is sent. `createAgent`
 * is taken as it was at the first render.
 */
export function CountersignProvider({ agent, createAgent, children, onError }: CountersignProviderProps): ReactElement {
  if ((agent === undefined) === (createAgent === undefined)) {
    throw new TypeError("CountersignProvider takes one of agent and createAgent");
  }
  const create = useRef(createAgent);
  const told = useRef(onError);
  useEarlyEffect(() => {
    told.current = onError;
  });
  const store = useMemo(() => {
    const make = (): Agent => {
      if (create.current === undefined) throw new TypeError("a CountersignProvider keeps agent or createAgent");
      return create.current();
    };
    return new AgentStore(agent === undefined ? { createAgent: make } : { agent }, (error) => told.current?.(error));
  }, [agent]);
  useEarlyEffect(() => store.hold(), [store]);
  return createElement(CountersignContext.Provider, { value: store }, children);
}
