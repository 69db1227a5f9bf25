import type { AgentPorts } from "@countersign/client";
import { createNativePorts, nativeRandomness } from "@countersign/client/native";
import { createWebPorts } from "@countersign/client/web";
import type { NativeModule } from "./native-module.ts";

export interface ReactNativePortsOptions {
  /** `cs1~…` or `csd1~…`. */
  readonly configuration: string;
  readonly app: {
    /** The app's id in the project, as registered with `app add`. */
    readonly id: string;
    /** What the web build of the app says of itself: a page knows no package. In the app the package's own count. */
    readonly version: string;
    readonly build: string;
  };
}

/** Whether this is the web build of the app: there is a document, and a phone has none. */
const isPage = (): boolean => typeof document !== "undefined";

/**
 * Everything the core needs in a React Native app: keys, connections, randomness, clock and detectors of the phone through the native module. The web
 * build of the app has the browser's, which prove nothing of it.
 *
 * @throws Error in an app that was built without the native module: nothing is put in its place.
 */
export function createPorts(module: NativeModule | null, { configuration, app }: ReactNativePortsOptions): AgentPorts {
  if (module === null) {
    if (isPage()) return createWebPorts({ configuration, app });
    throw new Error(
      "This app has no native half of @countersign/react-native. Build it again; Expo Go has none: make a development build (`npx expo prebuild`).",
    );
  }
  return createNativePorts({
    configuration,
    app: app.id,
    bridge: module.bridge,
    identity: module.identity(),
    randomness: nativeRandomness((length) => module.randomBytes(length)),
    clock: { runsInSleep: true, continuousMs: () => module.continuousMs(), wallMs: () => Date.now() },
  });
}
