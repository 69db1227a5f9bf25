/**
 * The Countersign agent core (docs/agent.md). It knows neither Node nor the DOM: everything of the world comes through `AgentPorts`.
 */
export { type Aborter, createAborter } from "./abort.ts";
export { type Agent, type AgentConfig, type AgentOptions, createAgent } from "./agent.ts";
export type { AgentPhase, AgentState, SecretSummary, SessionSummary } from "./agent-state.ts";
export type { Coverage, NetworkStack, StackCoverage } from "./coverage.ts";
export { AgentError, type AgentErrorCode, type AgentErrorText, agentErrors } from "./errors.ts";
export type { AgentEventName, AgentEvents } from "./events.ts";
export type { AgentResponse } from "./fetch/agent-response.ts";
export type { AgentRequestInit, Headers as AgentHeaders } from "./fetch/app-request.ts";
export type { AgentHooks, HookResult, HookView } from "./hooks.ts";
export type { LogEntry, LogLevel, LogOptions } from "./log/agent-log.ts";
export * from "./ports.ts";
export { SecretHandle } from "./secret-handle.ts";
export { severeSignals } from "./signals/signals.ts";
