/** The agent in a React Native app, with Expo's modules or without (see the README): what the condition `react-native` of package.json names. */
import type { Agent, AgentPorts } from "@countersign/client";
import { AppState, TurboModuleRegistry } from "react-native";
import { createPorts, type ReactNativePortsOptions } from "./create-ports.ts";
import { findExpoModule } from "./expo-module.ts";
import { followAppStateOf } from "./follow-app-state.ts";
import { moduleName, type NativeModule } from "./native-module.ts";
import { overText, type TextModule } from "./text-module.ts";

export { type FreeRaspActions, freeRaspActions } from "@countersign/client/native";
export type { ReactNativePortsOptions } from "./create-ports.ts";

function findTurboModule(): NativeModule | null {
  const module = TurboModuleRegistry.get<TextModule>(moduleName);
  return module === null ? null : overText(module);
}

/** Everything the core needs, through Expo's module, else React Native's. @throws Error in an app that was built without either. */
export const createReactNativePorts = (options: ReactNativePortsOptions): AgentPorts =>
  createPorts(findExpoModule() ?? findTurboModule(), options);

/** Wipes what the agent holds when the app leaves the foreground, and lets it work again when it is back. The returned function ends it. */
export const followAppState = (agent: Agent): (() => void) => followAppStateOf(AppState, agent);
