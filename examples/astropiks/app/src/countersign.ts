import { type Agent, createAgent } from "@countersign/client";
import { protect } from "@countersign/client/interceptors";
import { createReactNativePorts, followAppState } from "@countersign/react-native";
import { settings } from "./settings";

const { configuration } = settings;

function start(): Agent {
  const app = { id: "astropiks", version: "1.0.0", build: "100" };
  const agent = createAgent({ configuration, ports: createReactNativePorts({ configuration, app }) });
  protect(agent);
  followAppState(agent);
  return agent;
}

/** The agent in front of this app's `fetch`, `XMLHttpRequest` and `WebSocket`; null in a build without Countersign. */
export const agent: Agent | null = configuration === "" ? null : start();
