/** The agent in a Capacitor app (see the README). */
export { type CapacitorPortsOptions, createCapacitorPorts } from "./create-capacitor-ports.ts";
export { type CountersignPlugin, nativePlugin } from "./native-plugin.ts";
