import { registerPlugin } from "@capacitor/core";
import type { NativeBridge, NativeIdentity } from "@countersign/client/native";

/** What the plugin's native classes offer: the agent's native half, and what it says of itself. */
export interface CountersignPlugin extends NativeBridge {
  identity(): Promise<NativeIdentity>;
}

/** The name that the native classes register under. */
export const pluginName = "Countersign";

/** Calls of the native classes. Nothing of an app is asked here: whoever is no main frame of the app's own origin is refused natively. */
export const nativePlugin = registerPlugin<CountersignPlugin>(pluginName);
