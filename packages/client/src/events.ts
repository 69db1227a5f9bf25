import type { AgentState, SessionSummary } from "./agent-state.ts";
import type { Coverage } from "./coverage.ts";
import type { AgentError } from "./errors.ts";

/** What the agent tells listeners. No event holds a secret or a filled URL. */
export interface AgentEvents {
  /** A session was opened. */
  session: SessionSummary;
  /** A signed answer refused this instance; `arc` is what a user tells support. */
  refused: {
    readonly arc: string;
    readonly reasons?: readonly string[];
    /** `update`: the user gets further with the current version of the app. */
    readonly action: "update" | null;
    readonly retryAfterSeconds: number;
  };
  /** A statement or the watch stream failed; calls that waited for it were rejected with the same error. */
  error: AgentError;
  /** `state()` gives something else than before. */
  changed: AgentState;
  /** A placeholder went out as it is, because its host or place is not declared. `host` is the request's, the count is of this process. */
  placeholder_unfilled: { readonly secret: string; readonly host: string | null; readonly count: number };
  /** Network stacks of this process were protected, or found as they are. */
  coverage: Coverage;
}

export type AgentEventName = keyof AgentEvents;

/** Calls listeners in the order they came; one that throws neither stops the others nor reaches the agent. */
export class Emitter {
  readonly #listeners = new Map<AgentEventName, Set<(event: never) => void>>();

  on<Name extends AgentEventName>(name: Name, listener: (event: AgentEvents[Name]) => void): () => void {
    const own = (event: AgentEvents[Name]): void => listener(event);
    const set = this.#listeners.get(name) ?? new Set();
    set.add(own);
    this.#listeners.set(name, set);
    return () => void set.delete(own);
  }

  emit<Name extends AgentEventName>(name: Name, event: AgentEvents[Name]): void {
    // A copy: a listener that listens again is first told of the next event.
    for (const listener of Array.from(this.#listeners.get(name) ?? [])) {
      try {
        (listener as (event: AgentEvents[Name]) => void)(event);
      } catch {
        // A listener's mistake is the app's own; the agent's state must not hang on it.
      }
    }
  }
}
