/**
 * What the app's native code gives the script, as the global `countersignHost`, before it is evaluated. Every call comes on the engine's own thread and must
 * return at once.
 */
export interface ScriptHost {
  /**
   * Begins a call of the native half (`NativeBridge`), or `playToken` with `{requestHash}`, whose value is a token; `HostedAgent.answered` brings its answer, `{value}` or
   * `{fault}`.
   */
  call(id: number, name: string, of: string): void;
  /** Asks for `HostedAgent.passed` after so many milliseconds, once. */
  after(id: number, delayMs: number): void;
  /** The answer to an ask: JSON of `{value}` or `{fault: {code, message, …}}`. */
  answer(id: number, text: string): void;
  /** b64u of so many bytes of the platform's generator. */
  randomBytes(length: number): string;
  /** Milliseconds on a clock that runs in sleep and is never set. */
  continuousMs(): number;
}

/** What the script leaves as the global `countersign`, for the native code to call on the engine's own thread. Nothing here throws. */
export interface HostedAgent {
  /** The answer of the native half to a call. */
  answered(id: number, text: string): void;
  /** A time that was asked for has passed. */
  passed(id: number): void;
  /** Asks something of the agent; `id` is the native code's own and comes back with the answer. */
  ask(id: number, name: string, of: string): void;
}
