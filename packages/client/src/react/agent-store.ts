import type { Agent } from "../agent.ts";
import type { AgentState } from "../agent-state.ts";
import { AgentError } from "../errors.ts";

/** What components are shown. Holds no secret; another object whenever anything differs. */
export interface ShownAgent {
  readonly state: AgentState;
  /** What the last statement or background work failed with; null again once a session is open. */
  readonly error: AgentError | null;
}

/** An agent that is not there: before the provider is mounted, after it is gone, and on a server. */
export const noAgent: ShownAgent = {
  state: {
    phase: "new",
    verdict: null,
    arc: null,
    instance: null,
    enrolled: false,
    enrolmentPending: false,
    keys: null,
    manifest: null,
    session: null,
    watching: false,
    reason: null,
    lastError: null,
    placeholdersUnfilled: 0,
  },
  error: null,
};

/** The agent of one provider: the app's own, which only the app stops, or one that is made and stopped with the provider. */
export type AgentSource = { readonly agent: Agent } | { readonly createAgent: () => Agent };

/**
 * What stands between an agent and React. Rendering only reads: an agent is made, started and listened to while `hold` is in force, so a
 * render that is thrown away leaves nothing behind.
 */
export class AgentStore {
  readonly #source: AgentSource;
  readonly #listeners = new Set<() => void>();
  readonly onError: (error: AgentError) => void;
  #agent: Agent | null = null;
  #holds = 0;
  #shown = noAgent;
  #endListening: () => void = () => {};

  constructor(source: AgentSource, onError: (error: AgentError) => void) {
    this.#source = source;
    this.onError = onError;
  }

  /** Keeps the agent until the returned function is called. */
  hold(): () => void {
    if (this.#agent === null) this.#begin("agent" in this.#source ? this.#source.agent : this.#source.createAgent());
    this.#holds += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds -= 1;
      // Strict mode and a remount hold again in the same step; an agent that is stopped is stopped for good.
      void Promise.resolve().then(() => {
        if (this.#holds === 0) this.#end();
      });
    };
  }

  #begin(agent: Agent): void {
    this.#agent = agent;
    const fail = (error: AgentError): void => {
      this.#show({ ...this.#shown, error });
      try {
        this.onError(error);
      } catch {
        // The app's own mistake: nobody waits for what is told here.
      }
    };
    const ends = [
      agent.on("changed", (state) => this.#show({ ...this.#shown, state })),
      agent.on("session", () => this.#show({ ...this.#shown, error: null })),
      agent.on("refused", (refusal) => fail(new AgentError("refused", refusal))),
      agent.on("error", fail),
    ];
    this.#endListening = () => {
      for (const end of ends) end();
    };
    this.#show({ state: agent.state(), error: null });
    agent.start().catch((error: unknown) => {
      if (error instanceof AgentError && this.#agent === agent) fail(error);
    });
  }

  #end(): void {
    const agent = this.#agent;
    if (agent === null) return;
    this.#agent = null;
    this.#endListening();
    if ("createAgent" in this.#source) agent.stop();
    this.#show(noAgent);
  }

  #show(shown: ShownAgent): void {
    this.#shown = shown;
    for (const listener of Array.from(this.#listeners)) listener();
  }

  /**
   * The agent, for a call. A child's first effect runs before the provider's: its call waits for the end of that step.
   *
   * @throws AgentError `stopped` where the provider is gone, or on a server.
   */
  async agent(): Promise<Agent> {
    await Promise.resolve();
    if (this.#agent === null) throw new AgentError("stopped");
    return this.#agent;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly shown = (): ShownAgent => this.#shown;
}
