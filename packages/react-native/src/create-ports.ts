import type { AgentPorts, PlayIntegrity } from "@countersign/client";
import { createNativePorts } from "@countersign/client/native";
import type { NativeModule } from "./native-module.ts";
import { halfOf } from "./react-native-half.ts";

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
  /** Google's library, on Android: `{ token: (requestHash) => … }` over whichever module the app has for it. */
  readonly play?: PlayIntegrity;
}

/**
 * Everything the core needs in a React Native app: keys, connections, randomness, clock and detectors of the phone through the native module.
 *
 * @throws Error in an app that was built without the native module: nothing is put in its place.
 */
export const createPorts = (
  module: NativeModule | null,
  { configuration, app, play }: ReactNativePortsOptions,
): AgentPorts =>
  createNativePorts({ configuration, app: app.id, ...halfOf(module), ...(play === undefined ? {} : { play }) });
