import { toUtf8 } from "@countersign/protocol";
import { type Aborter, createAborter } from "../abort.ts";
import type { Agent } from "../agent.ts";
import { asyncIterator } from "../async-iterator.ts";
import { AgentError } from "../errors.ts";
import type { AgentResponse } from "../fetch/agent-response.ts";
import type { AgentRequestInit, Headers } from "../fetch/app-request.ts";
import type { StreamedBody } from "../ports.ts";
import { readAhead } from "./read-ahead.ts";
import type { Scope } from "./scope.ts";
import { XhrResponse } from "./xhr-response.ts";

/** The XMLHttpRequest that a transfer is of: where its events go, and what the app set on it. */
export interface XhrHost {
  fire(type: string, loaded: number, total: number): void;
  fireUpload(type: string, loaded: number, total: number): void;
  readyStateChange(): void;
  responseType(): string;
  timeoutMs(): number;
  mimeType(): string | null;
}

export interface XhrAsked {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: AgentRequestInit["body"];
}

type Ending = "error" | "abort" | "timeout";

const progressMs = 50;

function lengthOf(body: AgentRequestInit["body"]): number {
  if (typeof body === "string") return toUtf8(body).length;
  return body?.length ?? 0;
}

/** One sending of an XMLHttpRequest through the agent, which begins when this is made, with the states and events of the XMLHttpRequest standard. */
export class XhrTransfer {
  readonly #scope: Scope;
  readonly #host: XhrHost;
  readonly #aborter: Aborter = createAborter();
  #state = 1;
  #answer: AgentResponse | null = null;
  #response: XhrResponse | null = null;
  #error: AgentError | null = null;
  #isOver = false;
  #isUploaded = true;
  readonly #startedMs = Date.now();
  #lastProgressMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(scope: Scope, host: XhrHost) {
    this.#scope = scope;
    this.#host = host;
  }

  readyState(): number {
    return this.#state;
  }

  isOver(): boolean {
    return this.#isOver;
  }

  error(): AgentError | null {
    return this.#error;
  }

  status(): number {
    return this.#answer?.status ?? 0;
  }

  url(): string {
    return this.#answer?.url ?? "";
  }

  response(): XhrResponse | null {
    return this.#response;
  }

  /** Sends, and tells the host everything that happens. Never rejects. */
  async send(agent: Agent, asked: XhrAsked): Promise<void> {
    const total = lengthOf(asked.body);
    this.#isUploaded = asked.body === null || asked.body === undefined;
    this.armTimeout();
    this.#host.fire("loadstart", 0, 0);
    if (!this.#isUploaded) this.#host.fireUpload("loadstart", 0, total);
    if (this.#isOver) return;
    try {
      const { url, method, headers } = asked;
      const body = await this.#watched(asked.body, total);
      this.#answer = await agent.fetch(url, { method, headers, body, abort: this.#aborter.handle });
      if (this.#isOver) return;
      this.#endUpload(total);
      await this.#receive(this.#answer);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What was refused before anything could be sent. */
  fail(error: unknown): void {
    this.#isUploaded = true;
    this.#fail(error);
  }

  /** Counts what is taken of a body in pieces. */
  async #watched(body: AgentRequestInit["body"], total: number): Promise<string | Uint8Array | StreamedBody | null> {
    if (body === null || body === undefined || typeof body === "string" || body instanceof Uint8Array)
      return body ?? null;
    const source = body.replayable === true ? body : await readAhead(body);
    if (source instanceof Uint8Array) return source;
    const tell = (loaded: number): void => this.#uploadProgress(loaded, total);
    return {
      ...(source.length === undefined ? {} : { length: source.length }),
      ...(source.replayable === undefined ? {} : { replayable: source.replayable }),
      async *[asyncIterator]() {
        let loaded = 0;
        for await (const part of source) {
          yield part;
          loaded += part.length;
          tell(loaded);
        }
      },
    };
  }

  #uploadProgress(loaded: number, total: number): void {
    if (this.#isOver || this.#isUploaded || !this.#isDue()) return;
    this.#host.fireUpload("progress", loaded, total);
  }

  /** True at most every 50 ms. */
  #isDue(): boolean {
    const nowMs = Date.now();
    if (nowMs - this.#lastProgressMs < progressMs) return false;
    this.#lastProgressMs = nowMs;
    return true;
  }

  #endUpload(total: number): void {
    if (this.#isUploaded) return;
    this.#isUploaded = true;
    for (const type of ["progress", "load", "loadend"]) this.#host.fireUpload(type, total, total);
  }

  async #receive(answer: AgentResponse): Promise<void> {
    const response = new XhrResponse(this.#scope, answer.headers, this.#host.mimeType());
    this.#response = response;
    this.#change(2);
    const asText = ["", "text"].includes(this.#host.responseType());
    const total = response.total();
    for await (const part of answer.body) {
      if (this.#isOver) return;
      response.push(part, asText);
      const isFirst = this.#state === 2;
      if (!this.#isDue() && !isFirst) continue;
      this.#change(3);
      this.#host.fire("progress", response.length(), total);
    }
    if (this.#isOver) return;
    response.end(asText);
    const loaded = response.length();
    if (loaded > 0) this.#host.fire("progress", loaded, total);
    if (this.#isOver) return;
    this.#over();
    this.#change(4);
    this.#host.fire("load", loaded, total);
    // A listener of `load` may have opened the request anew.
    if (this.#state === 4) this.#host.fire("loadend", loaded, total);
  }

  #change(state: number): void {
    if (this.#isOver && state !== 4) return;
    this.#state = state;
    this.#host.readyStateChange();
  }

  #over(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#error = error instanceof AgentError ? error : new AgentError("network_failed");
    this.#end("error");
  }

  #end(ending: Ending): void {
    this.#over();
    this.#answer = null;
    this.#response = null;
    this.#change(4);
    if (!this.#isUploaded) {
      this.#isUploaded = true;
      this.#host.fireUpload(ending, 0, 0);
      this.#host.fireUpload("loadend", 0, 0);
    }
    this.#host.fire(ending, 0, 0);
    this.#host.fire("loadend", 0, 0);
    this.#aborter.abort();
  }

  /** As `abort()` of the standard. */
  abort(): void {
    if (!this.#isOver) this.#end("abort");
    this.#answer = null;
    this.#response = null;
    this.#state = 0;
  }

  /** Ends without a word: the request was opened anew. */
  drop(): void {
    this.#over();
    this.#aborter.abort();
  }

  /** `timeout` counts from the sending, also where it is set later. */
  armTimeout(): void {
    clearTimeout(this.#timer);
    const timeoutMs = this.#host.timeoutMs();
    if (this.#isOver || timeoutMs === 0) return;
    const leftMs = Math.max(0, this.#startedMs + timeoutMs - Date.now());
    this.#timer = setTimeout(() => {
      if (!this.#isOver) this.#end("timeout");
    }, leftMs);
  }
}
