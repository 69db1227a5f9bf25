import { concatBytes, toUtf8 } from "@countersign/protocol";
import { createAborter } from "../abort.ts";
import { AgentError } from "../errors.ts";
import type { ChannelSocket, SocketListener } from "../ports.ts";
import { bytesOf } from "./app-body.ts";
import { streamOfBlob } from "./blob-body.ts";
import { defineConstants, defineHandlers, eventTargetOf } from "./event-target.ts";
import { domError } from "./platform-error.ts";
import { messageEvent, platformEvent } from "./platform-event.ts";
import type { Scope } from "./scope.ts";

/** Opens the connection that stands behind a socket. */
export type OpenSocket = (
  listener: SocketListener,
  abort: ReturnType<typeof createAborter>["handle"],
) => Promise<ChannelSocket>;

type Sendable = string | Uint8Array | Blob;

const connecting = 0;
const open = 1;
const closing = 2;
const closed = 3;
const maxReasonBytes = 123;

/** What `new WebSocket` gives where the connection is opened later: the states and events of the WebSocket standard. */
export interface DeferredWebSocket extends EventTarget {
  readonly url: string;
  countersignError: AgentError | null;
}

export type DeferredWebSocketClass = new (url: string, openSocket: OpenSocket) => DeferredWebSocket;

async function readBlob(blob: Blob): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of streamOfBlob(blob)) parts.push(part);
  return concatBytes(...parts);
}

export function createDeferredWebSocketClass(scope: Scope): DeferredWebSocketClass {
  const Target = eventTargetOf(scope);

  class AgentWebSocket extends Target implements DeferredWebSocket {
    readonly url: string;
    binaryType: "blob" | "arraybuffer" = scope.Blob === undefined ? "arraybuffer" : "blob";
    countersignError: AgentError | null = null;
    #state = connecting;
    #socket: ChannelSocket | null = null;
    #early: (() => void)[] | null = [];
    #unsent = 0;
    /** Blobs are read before they are sent; what is sent after them waits. */
    #sending: Promise<void> | null = null;
    readonly #aborter = createAborter();

    constructor(url: string, openSocket: OpenSocket) {
      super();
      this.url = url;
      const listener: SocketListener = {
        message: (data) => this.#later(() => this.#message(data)),
        closed: ({ code, reason, wasClean }) => this.#later(() => this.#closed(code, reason, wasClean)),
      };
      openSocket(listener, this.#aborter.handle).then(
        (socket) => this.#opened(socket),
        (error: unknown) => this.#failed(error),
      );
    }

    get readyState(): number {
      return this.#state;
    }

    get protocol(): string {
      return this.#socket?.protocol ?? "";
    }

    get extensions(): string {
      return this.#socket?.extensions ?? "";
    }

    get bufferedAmount(): number {
      return this.#unsent + (this.#socket?.bufferedAmount() ?? 0);
    }

    /** Messages may come before the opening was told. */
    #later(call: () => void): void {
      if (this.#early === null) call();
      else this.#early.push(call);
    }

    #opened(socket: ChannelSocket): void {
      this.#socket = socket;
      if (this.#state !== connecting) {
        this.#early = null;
        socket.close();
        return;
      }
      this.#state = open;
      this.dispatchEvent(platformEvent(scope, "open"));
      const early = this.#early ?? [];
      this.#early = null;
      for (const call of early) call();
    }

    #failed(error: unknown): void {
      this.countersignError = error instanceof AgentError ? error : new AgentError("network_failed");
      this.#early = null;
      this.#state = closed;
      this.dispatchEvent(platformEvent(scope, "error", { countersignError: this.countersignError }));
      this.#tellClosed(1006, "", false);
    }

    #message(data: string | Uint8Array): void {
      if (this.#state !== open) return;
      const origin = /^wss?:\/\/[^/?#]*/i.exec(this.url)?.[0] ?? "";
      this.dispatchEvent(messageEvent(scope, "message", { data: this.#shown(data), origin }));
    }

    #shown(data: string | Uint8Array): unknown {
      if (typeof data === "string") return data;
      const bytes = Uint8Array.from(data);
      const PlatformBlob = scope.Blob;
      return this.binaryType === "blob" && PlatformBlob !== undefined ? new PlatformBlob([bytes]) : bytes.buffer;
    }

    #closed(code: number, reason: string, wasClean: boolean): void {
      if (this.#state === closed) return;
      this.#state = closed;
      if (!wasClean) this.dispatchEvent(platformEvent(scope, "error"));
      this.#tellClosed(code, reason, wasClean);
    }

    #tellClosed(code: number, reason: string, wasClean: boolean): void {
      const init = { code, reason, wasClean };
      const Close = scope.CloseEvent;
      this.dispatchEvent(Close === undefined ? platformEvent(scope, "close", init) : new Close("close", init));
    }

    send(given: unknown): void {
      if (this.#state === connecting) throw domError(scope, "InvalidStateError", "the socket is not open yet");
      const data: Sendable = bytesOf(given) ?? (this.#isBlob(given) ? given : String(given));
      const size = typeof data === "string" ? toUtf8(data).length : "size" in data ? data.size : data.length;
      if (this.#state !== open) {
        this.#unsent += size;
        return;
      }
      if (this.#sending === null && !this.#isBlob(data)) {
        this.#socket?.send(data);
        return;
      }
      this.#unsent += size;
      const before = this.#sending ?? Promise.resolve();
      const sending: Promise<void> = before
        .then(async () => {
          const read = this.#isBlob(data) ? await readBlob(data) : data;
          this.#unsent -= size;
          this.#socket?.send(read);
        })
        .catch(() => this.#socket?.close())
        .then(() => {
          if (this.#sending === sending) this.#sending = null;
        });
      this.#sending = sending;
    }

    #isBlob(value: unknown): value is Blob {
      return scope.Blob !== undefined && value instanceof scope.Blob;
    }

    close(code?: number, reason?: string): void {
      if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
        throw domError(scope, "InvalidAccessError", "a close code is 1000 or 3000 to 4999");
      }
      if (reason !== undefined && toUtf8(reason).length > maxReasonBytes) {
        throw domError(scope, "SyntaxError", "a close reason has at most 123 bytes");
      }
      if (this.#state >= closing) return;
      const wasOpen = this.#state === open;
      this.#state = closing;
      if (!wasOpen) {
        this.#aborter.abort();
        return;
      }
      const end = (): void => this.#socket?.close(code, reason);
      if (this.#sending === null) end();
      else void this.#sending.then(end);
    }
  }

  defineHandlers(AgentWebSocket.prototype, ["open", "message", "error", "close"]);
  defineConstants(AgentWebSocket, ["CONNECTING", "OPEN", "CLOSING", "CLOSED"]);
  return AgentWebSocket;
}
