import type { Agent, AgentOptions } from "../agent.ts";
import { protect } from "../interceptors/protect.ts";
import { coverage } from "../interceptors/read-coverage.ts";
import type { Scope } from "../interceptors/scope.ts";
import { generalError, toApproovError } from "./approov-error.ts";
import { createIsolatedFetch } from "./isolated-fetch.ts";

/** `options` holds the development key that `setDevKey` was given, if any. */
export type CreateAgent = (configuration: string, options: Pick<AgentOptions, "developmentKey">) => Agent;

export interface HeldAgentOptions {
  readonly createAgent: CreateAgent;
  /** Where the platform's network stacks are. */
  readonly scope: Scope;
  /** Whether every stack of the scope is protected, or `fetchWithApproov` alone. */
  readonly intercept: boolean;
}

interface Held {
  readonly configuration: string;
  readonly agent: Agent;
  readonly fetch: typeof fetch;
}

/** The one agent of a facade, from `initialize` on. */
export class HeldAgent {
  readonly #options: HeldAgentOptions;
  readonly #excluded = new Map<string, RegExp>();
  /** Read anew by the interceptors at each request. */
  readonly #exclude: RegExp[] = [];
  #held: Held | null = null;
  #isStarted = false;
  #developmentKey: string | null = null;

  constructor(options: HeldAgentOptions) {
    this.#options = options;
  }

  /** Loads what is stored; sends nothing. Again with the same configuration: the same. */
  async initialize(configuration: string): Promise<void> {
    if (typeof configuration !== "string" || configuration === "") {
      throw generalError("NOT_INITIALIZED", "a configuration is needed: an app does not run without protection");
    }
    if (this.#held !== null && this.#held.configuration !== configuration) {
      throw generalError("NOT_INITIALIZED", "already initialized with another configuration");
    }
    this.#held ??= this.#begin(configuration);
    try {
      await this.#held.agent.start();
    } catch (error) {
      throw toApproovError(error);
    }
    this.#isStarted = true;
  }

  #begin(configuration: string): Held {
    const { createAgent, scope, intercept } = this.#options;
    let agent: Agent | null = null;
    try {
      agent = createAgent(configuration, this.#developmentKey === null ? {} : { developmentKey: this.#developmentKey });
      const own = createIsolatedFetch(agent, scope, this.#exclude);
      if (intercept) protect(agent, scope, { exclude: this.#exclude });
      return { configuration, agent, fetch: own };
    } catch (error) {
      agent?.stop();
      throw generalError("NOT_INITIALIZED", error instanceof Error ? error.message : "the agent cannot be created");
    }
  }

  /** @throws ApproovError DISABLED after `initialize`, but for the key that is set already: an agent has it from its beginning. */
  setDevelopmentKey(key: string): void {
    if (this.#held !== null && key !== this.#developmentKey)
      throw generalError("DISABLED", "a development key is set before initialize");
    this.#developmentKey = key;
  }

  /** @throws ApproovError NOT_INITIALIZED before `initialize`. */
  agent(): Agent {
    return this.#need().agent;
  }

  agentOrNull(): Agent | null {
    return this.#held?.agent ?? null;
  }

  fetch(): typeof fetch {
    return this.#need().fetch;
  }

  #need(): Held {
    if (this.#held === null) throw generalError("NOT_INITIALIZED", "initialize was not called");
    return this.#held;
  }

  isInitialized(): boolean {
    return this.#isStarted;
  }

  /** Network stacks of the scope that are there: the protected ones, and the others. */
  stacks(): { readonly protected: readonly string[]; readonly others: readonly string[] } {
    const present = coverage(this.#options.scope).stacks.filter(({ state }) => state !== "absent");
    const named = (isProtected: boolean): string[] =>
      present.filter(({ state }) => (state === "protected") === isProtected).map(({ stack }) => stack);
    return { protected: named(true), others: named(false) };
  }

  /** @throws SyntaxError where the text is no regular expression. */
  exclude(text: string): void {
    this.#excluded.set(text, new RegExp(text));
    this.#refreshExclusions();
  }

  include(text: string): void {
    this.#excluded.delete(text);
    this.#refreshExclusions();
  }

  #refreshExclusions(): void {
    this.#exclude.splice(0, this.#exclude.length, ...this.#excluded.values());
  }
}
