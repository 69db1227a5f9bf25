/** Sends one call and resolves with the JSON text that answers it. `of` is JSON text too. */
export type Channel = (name: string, of: string) => Promise<string>;

/** What the WebView puts into a page on Android, in the frames of the one origin that the plugin names. */
interface AndroidDoor {
  postMessage(text: string): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
}

interface IosDoor {
  postMessage(text: string): Promise<unknown>;
}

interface Page {
  readonly countersignBridge?: AndroidDoor;
  readonly webkit?: { readonly messageHandlers?: { readonly countersignBridge?: IosDoor } };
}

const overIos =
  (door: IosDoor): Channel =>
  async (name, of) =>
    String(await door.postMessage(`${name} ${of}`));

/** Answers come as messages of the same door, each after the number of its call. */
function overAndroid(door: AndroidDoor): Channel {
  const waiting = new Map<string, (answer: string) => void>();
  let count = 0;
  door.addEventListener("message", ({ data }) => {
    const text = String(data);
    const end = text.indexOf(" ");
    const id = text.slice(0, end);
    waiting.get(id)?.(text.slice(end + 1));
    waiting.delete(id);
  });
  return (name, of) =>
    new Promise((resolve) => {
      count += 1;
      waiting.set(String(count), resolve);
      door.postMessage(`${count} ${name} ${of}`);
    });
}

/** The plugin's own channel, apart from Capacitor's bridge; null in a page that the native half opened none to. */
export function findChannel(scope: unknown = globalThis): Channel | null {
  const { countersignBridge, webkit } = scope as Page;
  if (countersignBridge !== undefined) return overAndroid(countersignBridge);
  const door = webkit?.messageHandlers?.countersignBridge;
  return door === undefined ? null : overIos(door);
}
