/** The agent in the web build of a React Native app, and wherever React Native is not: index.native.ts is the one in the app (see the README). */
import type { Agent, AgentPorts } from "@countersign/client";
import { wipeWhenHidden } from "@countersign/client/web";
import { createPorts, type ReactNativePortsOptions } from "./create-ports.ts";
import { findExpoModule } from "./expo-module.ts";
import { halfOf, type ReactNativeHalf } from "./react-native-half.ts";

export { type FreeRaspActions, freeRaspActions } from "@countersign/client/native";
export type { ReactNativePortsOptions } from "./create-ports.ts";
export type { ReactNativeHalf } from "./react-native-half.ts";

/** Everything the core needs. @throws Error where there is neither the native module nor a page. */
export const createReactNativePorts = (options: ReactNativePortsOptions): AgentPorts =>
  createPorts(findExpoModule(), options);

/** The app's native half itself, for an app that checks it. @throws Error where there is none, as in a page. */
export const reactNativeHalf = (): ReactNativeHalf => halfOf(findExpoModule());

/** Wipes what the agent holds whenever nobody sees the page, and lets it work again when somebody does. The returned function ends it. */
export const followAppState = (agent: Agent): (() => void) => wipeWhenHidden(agent);
