import { Capacitor } from "@capacitor/core";
import type { Clock, Randomness } from "@countersign/client";
import { type NativeBridge, type NativeIdentity, textBridge } from "@countersign/client/native";
import { type Channel, findChannel } from "./find-channel.ts";
import { nativePlugin, type Opening, pluginName } from "./native-plugin.ts";

/** The app's native half, as `createNativePorts` and `checkNativeHalf` of @countersign/client take it. */
export interface CapacitorHalf {
  readonly bridge: NativeBridge;
  readonly identity: NativeIdentity;
  /** The WebView's own generator: it has one, and at once. */
  readonly randomness: Randomness;
  /** The page's: a call over the channel could not answer at once. */
  readonly clock: Clock;
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

async function identityOf(channel: Channel): Promise<NativeIdentity> {
  const { value } = JSON.parse(await channel("identity", "{}")) as { readonly value: NativeIdentity };
  return value;
}

async function openHalf(): Promise<CapacitorHalf> {
  const channel = findChannel();
  if (channel === null) throw new Error(await whyClosed());
  return {
    bridge: textBridge(channel),
    identity: await identityOf(channel),
    clock: { runsInSleep: false, continuousMs: () => performance.now(), wallMs: () => Date.now() },
    randomness: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
  };
}

let half: Promise<CapacitorHalf> | null = null;

/**
 * One to a page: the native half takes the question for its identity for the beginning of a page, and ends what the page before it had under way.
 *
 * @throws Error on a page, in an app that was built without the plugin's native classes, and in a frame or page that they refuse.
 */
export function capacitorHalf(): Promise<CapacitorHalf> {
  half ??= openHalf().catch((error: unknown) => {
    half = null;
    throw error;
  });
  return half;
}
