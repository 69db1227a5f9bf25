/** The agent in a React Native app, with Expo's modules or without (see the README): what the condition `react-native` of package.json names. */
import type { Agent, AgentPorts } from "@countersign/client";
import { AppState, TurboModuleRegistry } from "react-native";
import { createPorts, type ReactNativePortsOptions } from "./create-ports.ts";
import { findExpoModule } from "./expo-module.ts";
import { followAppStateOf } from "./follow-app-state.ts";
import { moduleName, type NativeModule } from "./native-module.ts";
import { halfOf, type ReactNativeHalf } from "./react-native-half.ts";
import { overText, type TextModule } from "./text-module.ts";

export { type FreeRaspActions, freeRaspActions } from "@countersign/client/native";
export type { ReactNativePortsOptions } from "./create-ports.ts";
export type { ReactNativeHalf } from "./react-native-half.ts";

/** Expo's module, else React Native's own. */
function findModule(): NativeModule | null {
  const expo = findExpoModule();
  if (expo !== null) return expo;
  const module = TurboModuleRegistry.get<TextModule>(moduleName);
  return module === null ? null : overText(module);
}

/** Everything the core needs. @throws Error in an app that was built without either. */
export const createReactNativePorts = (options: ReactNativePortsOptions): AgentPorts =>
  createPorts(findModule(), options);

/** The app's native half itself, for an app that checks it. @throws Error where there is none. */
export const reactNativeHalf = (): ReactNativeHalf => halfOf(findModule());

/** Wipes what the agent holds when the app leaves the foreground, and lets it work again when it is back. The returned function ends it. */
export const followAppState = (agent: Agent): (() => void) => followAppStateOf(AppState, agent);
