import type { Clock, Randomness } from "@countersign/client";
import { type NativeBridge, type NativeIdentity, nativeRandomness } from "@countersign/client/native";
import type { NativeModule } from "./native-module.ts";

/** The app's native half, as `createNativePorts` and `checkNativeHalf` of @countersign/client take it. */
export interface ReactNativeHalf {
  readonly bridge: NativeBridge;
  readonly identity: NativeIdentity;
  readonly randomness: Randomness;
  readonly clock: Clock;
}

/** @throws Error in an app that was built without the native module: nothing is put in its place. */
export function halfOf(module: NativeModule | null): ReactNativeHalf {
  if (module === null) {
    throw new Error(
      "This app has no native half of @countersign/react-native. Build it again; Expo Go has none: make a development build (`npx expo prebuild`).",
    );
  }
  return {
    bridge: module.bridge,
    identity: module.identity(),
    randomness: nativeRandomness((length) => module.randomBytes(length)),
    clock: { runsInSleep: true, continuousMs: () => module.continuousMs(), wallMs: () => Date.now() },
  };
}
