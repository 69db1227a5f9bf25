import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { NativeBridge, NativeIdentity } from "@countersign/client/native";
import type { BrowserContext, Page } from "playwright-core";

/** The origin that Capacitor serves an Android app's pages from. */
export const appOrigin = "https://localhost";

/** One process for all frames, as in Android's WebView: what frames say then comes by one debugging session. */
export const containerFlags = [
  "--disable-site-isolation-trials",
  "--disable-features=IsolateOrigins,site-per-process,IsolateSandboxedIframes",
];

/** What the browser itself says of whoever sent a message. */
interface Sender {
  /** `null` of a sandboxed frame. */
  readonly origin: string;
  readonly isMainFrame: boolean;
}

interface PluginCall {
  readonly callbackId: string;
  readonly pluginId: string;
  readonly methodName: string;
}

export interface ContainerParts {
  /** Null: the app was built without the plugin's native classes. */
  readonly bridge: NativeBridge | null;
  readonly identity: NativeIdentity;
  /** What the plugin says of its channel; of any other than `open` there is none. Default `open`. */
  readonly opening?: "open" | "webview_too_old" | "origin_refused";
  /** Every page of every origin. */
  readonly html: string;
  /** Response headers of a page, by its path. */
  readonly headers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Container {
  readonly page: Page;
  /** Names of the calls that were answered over the plugin's own channel, in order. */
  readonly calls: readonly string[];
  /** Who was refused there: `<origin>` of main frames, `<origin> in a frame` of others. */
  readonly refused: readonly string[];
  /** `<plugin>.<method>` of what came over Capacitor's bridge. */
  readonly general: readonly string[];
  /** Answers that nobody heard: the document that asked was gone. */
  readonly unheard: readonly string[];
}

const nativeBridgeScript = (): string =>
  readFileSync(
    createRequire(new URL("../packages/capacitor/package.json", import.meta.url)).resolve(
      "@capacitor/android/capacitor/src/main/assets/native-bridge.js",
    ),
    "utf8",
  );

/**
 * What a WebView puts into a page: objects that post text to the native side and hear its messages. In every frame of every origin, though a WebView keeps to
 * the origins it was given: here nothing but the native side's own look at the sender refuses.
 */
const doors = (hasChannel: boolean): string => `
{
  const door = (name) => {
    const listeners = [];
    globalThis["hear " + name] = (data) => {
      for (const listener of listeners) listener({ data });
      globalThis[name].onmessage?.({ data });
    };
    return { postMessage: (text) => nativeMessage(name + " " + text), addEventListener: (_, listener) => listeners.push(listener) };
  };
  globalThis.androidBridge = door("androidBridge");
  if (${hasChannel}) globalThis.countersignBridge = door("countersignBridge");
}`;

/**
 * An Android app's WebView, as far as its page can tell: Capacitor's own bridge script in Chromium, behind it the plugin's two doors. As the plugin's native
 * classes do, its channel answers the main frame of the app's own origin alone, by what the browser says of the sender; Capacitor's bridge answers any main frame.
 */
export async function openContainer(context: BrowserContext, parts: ContainerParts): Promise<Container> {
  const { bridge, opening = "open" } = parts;
  const hasChannel = bridge !== null && opening === "open";
  const calls: string[] = [];
  const refused: string[] = [];
  const general: string[] = [];
  const unheard: string[] = [];
  const named: Readonly<Record<string, (of: never) => Promise<unknown>>> =
    bridge === null ? {} : { ...bridge, identity: async () => parts.identity };

  async function toChannel(text: string, { origin, isMainFrame }: Sender): Promise<string | null> {
    if (!isMainFrame || origin !== appOrigin) {
      refused.push(isMainFrame ? origin : `${origin} in a frame`);
      return null;
    }
    const [id = "", name = "", ...rest] = text.split(" ");
    const call = named[name];
    calls.push(name);
    if (call === undefined) return `${id} ${JSON.stringify({ fault: { code: "unsupported" } })}`;
    const answer = await call(JSON.parse(rest.join(" ")) as never).then(
      (value) => ({ value: value ?? true }),
      ({ code = "unavailable" }: { readonly code?: string }) => ({ fault: { code, message: "refused" } }),
    );
    return `${id} ${JSON.stringify(answer)}`;
  }

  async function toCapacitor(text: string, { isMainFrame }: Sender): Promise<string | null> {
    const { callbackId, pluginId, methodName } = JSON.parse(text) as PluginCall;
    general.push(`${pluginId}.${methodName}`);
    if (!isMainFrame) return null;
    const answer = { callbackId, pluginId, methodName, save: false };
    const isKnown = bridge !== null && pluginId === "Countersign" && methodName === "opening";
    return JSON.stringify(
      isKnown
        ? { ...answer, success: true, data: { opening } }
        : { ...answer, success: false, error: { code: "UNIMPLEMENTED" } },
    );
  }

  const page = await context.newPage();
  const browser = await context.newCDPSession(page);
  const origins = new Map<number, { readonly origin: string; readonly frame: string }>();
  browser.on("Runtime.executionContextCreated", ({ context: { id, origin, auxData } }) => {
    // Chromium writes an opaque origin as `://`.
    origins.set(id, { origin: origin === "://" ? "null" : origin, frame: String(auxData?.frameId) });
  });
  browser.on("Runtime.bindingCalled", ({ payload, executionContextId }) => {
    void heard(payload, executionContextId);
  });
  const { frameTree } = await browser.send("Page.getFrameTree");
  const main = frameTree.frame.id;
  await browser.send("Runtime.enable");
  await browser.send("Runtime.addBinding", { name: "nativeMessage" });

  async function heard(payload: string, contextId: number): Promise<void> {
    const of = origins.get(contextId);
    const sender = { origin: of?.origin ?? "null", isMainFrame: of?.frame === main };
    const door = payload.slice(0, payload.indexOf(" "));
    const text = payload.slice(door.length + 1);
    const answer = await (door === "countersignBridge" ? toChannel : toCapacitor)(text, sender);
    if (answer === null) return;
    const expression = `globalThis["hear ${door}"](${JSON.stringify(answer)})`;
    // To the very document that asked.
    await browser.send("Runtime.evaluate", { contextId, expression }).catch(() => unheard.push(answer));
  }

  const methods = [{ name: "opening", rtype: "promise" }];
  const headers = bridge === null ? [] : [{ name: "Countersign", methods }];
  await context.route(/^https:/, (route) => {
    const given = parts.headers?.[new URL(route.request().url()).pathname] ?? {};
    return route.fulfill({ contentType: "text/html", headers: given, body: parts.html });
  });
  await context.addInitScript({
    content: `${doors(hasChannel)}
globalThis.Capacitor = { isLoggingEnabled: true, PluginHeaders: ${JSON.stringify(headers)} };
${nativeBridgeScript()}`,
  });
  await page.goto(`${appOrigin}/`);
  return { page, calls, refused, general, unheard };
}
