/** The agent in a Capacitor app (see the README). */
export { type CapacitorPortsOptions, createCapacitorPorts } from "./create-capacitor-ports.ts";
