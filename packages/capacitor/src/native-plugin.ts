import { registerPlugin } from "@capacitor/core";

/** The name that the native classes register under. */
export const pluginName = "Countersign";

/**
 * Whether the native half has a channel to this app's page, and if not, why: the WebView is older than what the channel needs (`webview_too_old`), or the
 * app is not served from its own package (`origin_refused`).
 */
export type Opening = "open" | "webview_too_old" | "origin_refused";

/** All that the plugin answers over Capacitor's own bridge, which other frames reach too. Nothing of it is secret, and nothing of it acts. */
export interface CountersignPlugin {
  opening(): Promise<{ readonly opening: Opening }>;
}

export const nativePlugin = registerPlugin<CountersignPlugin>(pluginName);
