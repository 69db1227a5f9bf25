import { toUtf8 } from "@countersign/protocol";
import { createAborter } from "../abort.ts";
import type { Agent } from "../agent.ts";
import { asyncIterator } from "../async-iterator.ts";
import { AgentError } from "../errors.ts";
import type { AgentResponse } from "../fetch/agent-response.ts";
import { EventStreamParser, type StreamEvent } from "./event-stream-parser.ts";
import { defineConstants, defineHandlers, eventTargetOf } from "./event-target.ts";
import { messageEvent, platformEvent } from "./platform-event.ts";
import type { Scope } from "./scope.ts";

const connecting = 0;
const open = 1;
const closed = 2;
const reconnectMs = 3000;
const maxReconnectMs = 300_000;
const maxIdBytes = 4096;

/** What an EventSource may be given; `headers` is what libraries of this form take beyond the standard. */
export interface AgentEventSourceInit {
  readonly withCredentials?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An EventSource over the agent. */
export interface AgentEventSource extends EventTarget {
  readonly url: string;
  readonly withCredentials: boolean;
  readonly readyState: number;
  /** Why the last connection failed. */
  countersignError: AgentError | null;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: Event) => void) | null;
  close(): void;
}

export type AgentEventSourceClass = new (url: string | URL, init?: AgentEventSourceInit) => AgentEventSource;

export interface EventSourceParts {
  /** The platform's wait; gives what cancels it. */
  readonly after: (delayMs: number, call: () => void) => () => void;
}

const platformTimers: EventSourceParts = {
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
};

/** An id as a header carries it: its UTF-8, a character for each byte (HTML standard, section 9.2.2). Empty where no header can. */
function fieldOf(id: string): string {
  const text = Array.from(toUtf8(id), (byte) => String.fromCharCode(byte)).join("");
  return text.length <= maxIdBytes && /^[\t\x20-\x7e\x80-\xff]*$/.test(text) ? text : "";
}

/**
 * A class with the states, events and reconnection of the HTML standard's EventSource, over `agent.fetch`: for platforms that have none as
 * well. A stream that the service or the API refuses for good ends; one that breaks is opened again with `Last-Event-ID`.
 */
export function createEventSourceClass(
  agent: Agent,
  scope: Scope = globalThis,
  { after }: EventSourceParts = platformTimers,
): AgentEventSourceClass {
  const Target = eventTargetOf(scope);

  class EventSource extends Target implements AgentEventSource {
    readonly url: string;
    readonly withCredentials: boolean;
    countersignError: AgentError | null = null;
    declare onopen: ((event: Event) => void) | null;
    declare onmessage: ((event: MessageEvent) => void) | null;
    declare onerror: ((event: Event) => void) | null;
    readonly #headers: Readonly<Record<string, string>>;
    readonly #aborter = createAborter();
    #state = connecting;
    #lastEventId = "";
    #retryMs = reconnectMs;
    #cancelWait = (): void => {};

    constructor(url: string | URL, init: AgentEventSourceInit = {}) {
      super();
      this.url = String(url);
      this.withCredentials = init.withCredentials === true;
      this.#headers = init.headers ?? {};
      void this.#connect();
    }

    get readyState(): number {
      return this.#state;
    }

    close(): void {
      this.#state = closed;
      this.#cancelWait();
      this.#aborter.abort();
    }

    async #connect(): Promise<void> {
      try {
        const answer = await this.#ask();
        if (this.#state === closed) return;
        if (!isStream(answer)) {
          await answer.body[asyncIterator]().return?.();
          this.#fail();
          return;
        }
        this.#state = open;
        this.dispatchEvent(platformEvent(scope, "open"));
        await this.#read(answer);
        this.#reconnect(null);
      } catch (error) {
        this.#reconnect(error);
      }
    }

    #ask(): Promise<AgentResponse> {
      const own = Object.entries(this.#headers).filter(([name]) => !/^(accept|last-event-id)$/i.test(name));
      const lastId = fieldOf(this.#lastEventId);
      const id: [string, string][] = lastId === "" ? [] : [["Last-Event-ID", lastId]];
      return agent.fetch(this.url, {
        headers: [...own, ["Accept", "text/event-stream"], ["Cache-Control", "no-store"], ...id],
        abort: this.#aborter.handle,
      });
    }

    async #read(answer: AgentResponse): Promise<void> {
      const origin = /^https?:\/\/[^/?#]*/i.exec(answer.url)?.[0] ?? "";
      const parser = new EventStreamParser(
        this.#lastEventId,
        (event) => this.#event(event, origin),
        (retryMs) => {
          this.#retryMs = Math.min(retryMs, maxReconnectMs);
        },
      );
      for await (const part of answer.body) {
        if (this.#state === closed) return;
        parser.push(part);
      }
    }

    #event({ type, data, lastEventId }: StreamEvent, origin: string): void {
      if (this.#state === closed) return;
      this.#lastEventId = lastEventId;
      if (data !== null) this.dispatchEvent(messageEvent(scope, type, { data, origin, lastEventId }));
    }

    /** An error that trying again cannot help ends the stream; any other is told, and the stream opened again. */
    #reconnect(error: unknown): void {
      if (this.#state === closed) return;
      if (error !== null)
        this.countersignError = error instanceof AgentError ? error : new AgentError("network_failed");
      if (
        error instanceof TypeError ||
        error instanceof RangeError ||
        (error instanceof AgentError && error.retry === "never")
      ) {
        this.#fail();
        return;
      }
      this.#state = connecting;
      this.dispatchEvent(platformEvent(scope, "error"));
      // A listener may have closed it.
      if (this.readyState === closed) return;
      const toldMs = error instanceof AgentError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
      this.#cancelWait = after(Math.max(this.#retryMs, toldMs), () => void this.#connect());
    }

    #fail(): void {
      this.#state = closed;
      this.dispatchEvent(platformEvent(scope, "error"));
    }
  }

  defineHandlers(EventSource.prototype, ["open", "message", "error"]);
  defineConstants(EventSource, ["CONNECTING", "OPEN", "CLOSED"]);
  return EventSource;
}

function isStream(answer: AgentResponse): boolean {
  const type = answer.header("content-type") ?? "";
  return answer.status === 200 && /^text\/event-stream\s*(;|$)/i.test(type);
}
