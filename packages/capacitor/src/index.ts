/** The agent in a Capacitor app (see the README). */
import type { Agent } from "@countersign/client";
import { wipeWhenHidden } from "@countersign/client/web";

export { type CapacitorHalf, capacitorHalf } from "./capacitor-half.ts";
export { type CapacitorPortsOptions, createCapacitorPorts } from "./create-capacitor-ports.ts";

/**
 * Ends the session, its secrets and its `watch` connection when the app leaves the foreground, and allows them again when it comes back: a WebView's page is
 * hidden then. The returned function ends it.
 */
export const followAppState = (agent: Agent): (() => void) => wipeWhenHidden(agent);
