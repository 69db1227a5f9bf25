import type { Agent } from "@countersign/client";

const patienceMs = 10_000;

/** Whether the app holds a value now. */
export const isDelivered = (agent: Agent): boolean =>
  agent.state().session?.secrets.some((secret) => secret.mode === "delivered") ?? false;

/** Resolves with the agent's next session that fits, or rejects when patience is over. */
export function nextSession(agent: Agent, fits: () => boolean = () => true): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no session came by itself")), patienceMs);
    const off = agent.on("session", () => {
      if (!fits()) return;
      clearTimeout(timer);
      off();
      resolve();
    });
  });
}

/** Resolves when the agent watches for changes. */
export function watching(agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    if (agent.state().watching) return resolve();
    const timer = setTimeout(() => reject(new Error("the agent does not watch")), patienceMs);
    const off = agent.on("changed", (state) => {
      if (!state.watching) return;
      clearTimeout(timer);
      off();
      resolve();
    });
  });
}
