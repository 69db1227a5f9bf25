import { Capacitor } from "@capacitor/core";
import type { AgentPorts } from "@countersign/client";
import { createNativePorts } from "@countersign/client/native";
import { createWebPorts } from "@countersign/client/web";
import { nativePlugin, pluginName } from "./native-plugin.ts";

export interface CapacitorPortsOptions {
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

/**
 * Everything the core needs in a Capacitor app: keys, connections and detectors of the phone through the plugin. The same app opened as a page has the
 * browser's, which prove nothing of it.
 *
 * @throws Error in an app that was built without the plugin's native classes: it is not taken for a page.
 */
export async function createCapacitorPorts({ configuration, app }: CapacitorPortsOptions): Promise<AgentPorts> {
  if (!Capacitor.isNativePlatform()) return createWebPorts({ configuration, app });
  if (!Capacitor.isPluginAvailable(pluginName)) {
    throw new Error("This app has no native half of @countersign/capacitor. Run `npx cap sync` and build it again.");
  }
  const identity = await nativePlugin.identity();
  const randomness = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
  return createNativePorts({ configuration, app: app.id, bridge: nativePlugin, identity, randomness });
}
