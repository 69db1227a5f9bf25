import type { Emitter } from "../events.ts";
import type { AgentLog } from "./agent-log.ts";

/** Tells the log what listeners are told. */
export function logEvents(emitter: Emitter, log: AgentLog): void {
  emitter.on("session", ({ verdict, arc, secrets }) => {
    log.tell({ level: "info", event: "session", verdict, arc, secrets: secrets.map(({ name }) => name) });
  });
  emitter.on("refused", ({ arc, action, retryAfterSeconds }) => {
    log.tell({ level: "warn", event: "refused", arc, action, retryAfterSeconds });
  });
  emitter.on("error", ({ code, arc }) => log.tell({ level: "error", event: "error", code, arc }));
  emitter.on("placeholder_unfilled", ({ secret, host }) => {
    log.tell({ level: "warn", event: "placeholder_unfilled", secret, host });
  });
  let shown: string | null = null;
  emitter.on("changed", ({ phase, reason }) => {
    if (phase === shown) return;
    shown = phase;
    log.tell({ level: "debug", event: "phase", phase, reason });
  });
}
