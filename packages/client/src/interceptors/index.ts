/** The agent in front of a platform's own network stacks (docs/agent.md, "Network stacks"). */
export type { Coverage, CoverageState, NetworkStack, StackCoverage } from "../coverage.ts";
export { type AgentSocket, type AgentSocketInit, openSocket } from "../fetch/agent-sockets.ts";
export { type ApiOfUrl, apiOf } from "../fetch/api-of.ts";
export { concerns, type RequestView } from "../fetch/concerns.ts";
export {
  type AgentEventSource,
  type AgentEventSourceClass,
  type AgentEventSourceInit,
  createEventSourceClass,
} from "./agent-event-source.ts";
export { protect, type ScopeProtection } from "./protect.ts";
export { type AxiosInstanceLike, protectAxios } from "./protect-axios.ts";
export { protectEventSource } from "./protect-event-source.ts";
export { protectFetch } from "./protect-fetch.ts";
export { protectWebSocket } from "./protect-web-socket.ts";
export { protectXmlHttpRequest } from "./protect-xml-http-request.ts";
export { assertCoverage, type CoverageDemand, coverage } from "./read-coverage.ts";
export type { Protection, ProtectOptions, Scope } from "./scope.ts";
