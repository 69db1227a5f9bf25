/** The agent in a React Native app (docs/guides/react-native.md). */
export { createReactNativePorts, type ReactNativePortsOptions } from "./create-react-native-ports.ts";
export { type CountersignModule, findExpoModule } from "./native-module.ts";
