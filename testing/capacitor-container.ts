import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { NativeBridge, NativeIdentity } from "@countersign/client/native";
import type { BrowserContext, Page } from "playwright-core";

/** The origin that Capacitor serves an Android app's pages from. */
export const appOrigin = "https://localhost";

interface NativeCall {
  readonly callbackId: string;
  readonly pluginId: string;
  readonly methodName: string;
  readonly options: unknown;
}

export interface ContainerParts {
  /** Null: the app was built without the plugin's native classes. */
  readonly bridge: NativeBridge | null;
  readonly identity: NativeIdentity;
  /** The app's own page. */
  readonly html: string;
}

export interface Container {
  readonly page: Page;
  /** Names of the calls that reached the native side, in order. */
  readonly calls: readonly string[];
}

const nativeBridgeScript = (): string =>
  readFileSync(
    createRequire(new URL("../packages/capacitor/package.json", import.meta.url)).resolve(
      "@capacitor/android/capacitor/src/main/assets/native-bridge.js",
    ),
    "utf8",
  );

/**
 * An Android app's WebView, as far as its page can tell: Capacitor's own bridge script in Chromium, and behind its one door, `androidBridge`, a native side
 * that answers the plugin's calls. As the plugin's native classes do, it answers the main frame of the app's own origin alone.
 */
export async function openContainer(context: BrowserContext, parts: ContainerParts): Promise<Container> {
  const calls: string[] = [];
  const plugin: Readonly<Record<string, (of: never) => Promise<unknown>>> =
    parts.bridge === null ? {} : { ...parts.bridge, identity: async () => parts.identity };
  const methods = Object.keys(plugin).map((name) => ({ name, rtype: "promise" }));
  const headers = parts.bridge === null ? [] : [{ name: "Countersign", methods }];
  await context.route(`${appOrigin}/**`, (route) => route.fulfill({ contentType: "text/html", body: parts.html }));
  await context.exposeBinding("nativeDoor", async ({ page, frame }, text: string) => {
    const { callbackId, pluginId, methodName, options } = JSON.parse(text) as NativeCall;
    const isOwn = frame === page.mainFrame() && new URL(frame.url()).origin === appOrigin;
    const call = isOwn && pluginId === "Countersign" ? plugin[methodName] : undefined;
    const answer = { callbackId, pluginId, methodName, save: false };
    calls.push(isOwn ? methodName : `refused:${methodName}`);
    const result = await (call === undefined ? Promise.reject({ code: "UNIMPLEMENTED" }) : call(options as never)).then(
      (data) => ({ ...answer, success: true, data: data ?? {} }),
      ({ code = "unavailable" }: { readonly code?: string }) => ({
        ...answer,
        success: false,
        error: { code, message: "refused" },
      }),
    );
    await frame
      .evaluate(
        (said) => (globalThis as unknown as { Capacitor: { fromNative(of: object): void } }).Capacitor.fromNative(said),
        result,
      )
      .catch(() => {});
  });
  await context.addInitScript({
    content: `globalThis.androidBridge = { postMessage: (text) => void globalThis.nativeDoor(text) };
globalThis.Capacitor = { isLoggingEnabled: false, PluginHeaders: ${JSON.stringify(headers)} };
${nativeBridgeScript()}`,
  });
  const page = await context.newPage();
  await page.goto(`${appOrigin}/`);
  return { page, calls };
}
