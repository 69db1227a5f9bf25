/** The agent in the web build of a React Native app, and wherever React Native is not: index.native.ts is the one in the app (see the README). */
import type { Agent, AgentPorts } from "@countersign/client";
import { createWebPorts, wipeWhenHidden } from "@countersign/client/web";
import { createPorts, type ReactNativePortsOptions } from "./create-ports.ts";
import { findExpoModule } from "./expo-module.ts";
import { halfOf, type ReactNativeHalf } from "./react-native-half.ts";

export { type FreeRaspActions, freeRaspActions } from "@countersign/client/native";
export type { ReactNativePortsOptions } from "./create-ports.ts";
export type { ReactNativeHalf } from "./react-native-half.ts";

/** React Native's word for itself. Anything else is the web build of the app: a page, or what renders one beforehand. */
const isPhone = (scope: { readonly navigator?: { readonly product?: string } }): boolean =>
  scope.navigator?.product === "ReactNative";

/**
 * Everything the core needs: in the web build the browser's ports, which prove nothing of it. Where pages are rendered beforehand an agent may be made and never started.
 *
 * @throws Error on a phone whose app was built without the native module.
 */
export function createReactNativePorts(options: ReactNativePortsOptions): AgentPorts {
  const module = findExpoModule();
  return module === null && !isPhone(globalThis) ? createWebPorts(options) : createPorts(module, options);
}

/** The app's native half itself, for an app that checks it. @throws Error where there is none, as in a page. */
export const reactNativeHalf = (): ReactNativeHalf => halfOf(findExpoModule());

/**
 * Wipes what the agent holds whenever nobody sees the page, and lets it work again when somebody does. The returned function ends it. Where there is no page, nothing is followed.
 */
export const followAppState = (agent: Agent): (() => void) =>
  typeof document === "undefined" ? () => {} : wipeWhenHidden(agent);
