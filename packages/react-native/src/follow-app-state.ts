import type { Agent } from "@countersign/client";

/** As React Native's `AppState` has it. */
interface AppStateSource {
  readonly currentState: string;
  addEventListener(type: "change", listener: (state: string) => void): { remove(): void };
}

/**
 * Tells the agent when the app leaves the foreground: everything held is wiped then, the stream that `watch` opened is closed, and calls that need a session fail
 * with `in_background` until the app is back. `inactive`, as under a question of the system's, changes nothing. The returned function ends it: the agent works
 * from then on wherever the app is.
 */
export function followAppStateOf(appState: AppStateSource, agent: Agent): () => void {
  const follow = (state: string): void => {
    if (state === "background") agent.background();
    else if (state === "active") agent.foreground();
  };
  const subscription = appState.addEventListener("change", follow);
  follow(appState.currentState);
  return () => {
    subscription.remove();
    agent.foreground();
  };
}
