import { Capacitor } from "@capacitor/core";
import type { AgentPorts } from "@countersign/client";
import { createNativePorts } from "@countersign/client/native";
import { createWebPorts } from "@countersign/client/web";
import { channelBridge, identityOf } from "./channel-bridge.ts";
import { findChannel } from "./find-channel.ts";
import { nativePlugin, type Opening, pluginName } from "./native-plugin.ts";

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

/** What whoever builds the app is told where there is no channel. `open`: to another page of this app, as in a frame. */
const meanings: Readonly<Record<Opening, string>> = {
  open: "The native half of @countersign/capacitor answers no page but the main one of the app's own origin.",
  webview_too_old: "This phone's WebView has no channel that tells frames apart. Update Android System WebView.",
  origin_refused:
    "The app is not served from its own package. Remove `server.url` from the Capacitor configuration of a release, and keep `androidScheme` as it is.",
};

async function whyClosed(): Promise<string> {
  if (!Capacitor.isPluginAvailable(pluginName))
    return "This app has no native half of @countersign/capacitor. Run `npx cap sync` and build it again.";
  const { opening } = await nativePlugin.opening();
  return meanings[opening];
}

/**
 * Everything the core needs in a Capacitor app: keys, connections and detectors of the phone through the plugin. The same app opened as a page has the
 * browser's, which prove nothing of it.
 *
 * @throws Error in an app that was built without the plugin's native classes, or whose page they refuse: it is not taken for a page.
 */
export async function createCapacitorPorts({ configuration, app }: CapacitorPortsOptions): Promise<AgentPorts> {
  if (!Capacitor.isNativePlatform()) return createWebPorts({ configuration, app });
  const channel = findChannel();
  if (channel === null) throw new Error(await whyClosed());
  const identity = await identityOf(channel);
  const randomness = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
  return createNativePorts({ configuration, app: app.id, bridge: channelBridge(channel), identity, randomness });
}
