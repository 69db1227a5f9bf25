export type NetworkStack = "fetch" | "XMLHttpRequest" | "WebSocket" | "EventSource" | "axios";

/**
 * `protected`: requests pass the agent. `wrapped`: they did, and something else was put in front since, which may or may not go on to it.
 * `unprotected`: requests go out as they are. `absent`: this platform has no such stack.
 */
export type CoverageState = "protected" | "wrapped" | "unprotected" | "absent";

export interface StackCoverage {
  readonly stack: NetworkStack;
  readonly state: CoverageState;
  /** Who made the stack, where it says so: Expo marks its own `fetch`. */
  readonly builtin: "expo" | null;
}

/** Which network stacks a process has, and which of them the agent protects. */
export interface Coverage {
  readonly stacks: readonly StackCoverage[];
}
