/** The agent in a Capacitor app (docs/guides/capacitor.md). */
export { type CapacitorPortsOptions, createCapacitorPorts } from "./create-capacitor-ports.ts";
export { type CountersignPlugin, nativePlugin } from "./native-plugin.ts";
