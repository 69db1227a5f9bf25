/** What an app ships, bundled into one script: takes the host it finds and leaves the agent for it. */
import { hostAgent } from "./host-agent.ts";
import type { ScriptHost } from "./script-host.ts";

declare const countersignHost: ScriptHost;

Object.defineProperty(globalThis, "countersign", { value: hostAgent(countersignHost) });
