/** The agent in a React Native app (see the README). */
export { createReactNativePorts, type ReactNativePortsOptions } from "./create-react-native-ports.ts";
export { type CountersignModule, findExpoModule } from "./native-module.ts";
