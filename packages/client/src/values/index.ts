/** App-instance secure values (docs/agent.md, App-instance values). */
export { type AgentValues, valuesOf } from "./app-values.ts";
