/**
 * A platform of React Native's shape: an XMLHttpRequest in JavaScript that keeps its state in fields, forms that only tell their parts, a
 * `Response` without streams, a WebSocket that takes headers, no EventTarget.
 */
export type FieldStyle = "assigned" | "defined";

export class PlainTarget {
  readonly listeners: [string, (event: unknown) => void][] = [];
  addEventListener(type: string, listener: (event: unknown) => void): void {
    this.listeners.push([type, listener]);
  }
  dispatchEvent(event: { type: string }): boolean {
    for (const [type, listener] of this.listeners) if (type === event.type) listener.call(this, event);
    const handler = (this as unknown as Record<string, unknown>)[`on${event.type}`];
    if (typeof handler === "function") handler.call(this, event);
    return true;
  }
}

const fieldsOfXhr = { readyState: 0, status: 0, responseURL: "", timeout: 0 };

export function createNativeXhr(style: FieldStyle, sent: unknown[][]) {
  return class NativeXhr extends PlainTarget {
    static readonly DONE = 4;
    declare readyState: number;
    declare status: number;
    declare responseURL: string;
    declare timeout: number;
    _type = "";
    readonly upload = new PlainTarget();
    constructor() {
      super();
      for (const [name, value] of Object.entries(fieldsOfXhr)) {
        if (style === "assigned") (this as unknown as Record<string, unknown>)[name] = value;
        else Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
      }
    }
    get responseType(): string {
      return this._type;
    }
    set responseType(type: string) {
      this._type = type;
    }
    get response(): unknown {
      return this.readyState === 4 ? "native" : "";
    }
    get responseText(): string {
      return String(this.response);
    }
    open(): void {
      this.readyState = 1;
      this.dispatchEvent({ type: "readystatechange" });
    }
    setRequestHeader(): void {
      if (this.readyState !== 1) throw new Error("not open");
    }
    send(...call: unknown[]): void {
      sent.push(call);
      this.readyState = 4;
      this.status = 299;
      this.dispatchEvent({ type: "load" });
    }
    abort(): void {
      this.readyState = 0;
    }
    getAllResponseHeaders(): string {
      return "native";
    }
    getResponseHeader(): string {
      return "native";
    }
    overrideMimeType(): void {}
  };
}
