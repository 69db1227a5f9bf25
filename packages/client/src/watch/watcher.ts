import { type Aborter, createAborter } from "../abort.ts";
import { passHeaders } from "../broker/pass-headers.ts";
import { Backoff } from "../clock/backoff.ts";
import { randomFraction } from "../clock/random-fraction.ts";
import type { AgentPorts } from "../ports.ts";
import type { Session } from "../session/session.ts";

const leastSpacingMs = 5000;
const generationPattern = /^[0-9]{1,16}$/;

export interface WatcherOptions {
  readonly ports: Pick<AgentPorts, "service" | "timers" | "randomness">;
  /** b64u; the service opens the pass with it. */
  readonly project: string;
  readonly nowMs: () => number;
  /** The open session, if there is one now. */
  readonly session: () => Session | null;
  readonly refresh: () => void;
  readonly onChange: () => void;
}

/**
 * Keeps one event stream open while there is a session that allows it. An event is unsigned and says only that something changed: it buys
 * one refresh after a random part of `spreadSeconds`, at most one in 5 s, and a lost one costs nothing but time.
 */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #backoff: Backoff;
  #stream: Aborter | null = null;
  #wanted: number | null = null;
  #lastRefreshMs = Number.NEGATIVE_INFINITY;
  #cancelRefresh: (() => void) | null = null;
  #cancelReopen: () => void = () => {};
  #stopped = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.ports.randomness);
  }

  watching(): boolean {
    return this.#stream !== null;
  }

  /** Called after each new session. */
  onSession(): void {
    if (this.#stopped) return;
    this.#dropIfCurrent();
    if (this.#stream === null) this.#open();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelReopen();
    this.#cancelRefresh?.();
    this.#stream?.abort();
  }

  #open(): void {
    this.#cancelReopen();
    const session = this.#options.session();
    if (this.#stopped || session === null || session.watch === null) return;
    const { service, randomness } = this.#options.ports;
    const path = `/v1/watch?project=${this.#options.project}`;
    const headers = passHeaders(session, { method: "GET", targetUri: service.origin + path, body: null }, randomness);
    if (headers === null) return;
    const aborter = createAborter();
    this.#stream = aborter;
    this.#options.onChange();
    const accept = ["accept", "text/event-stream"] as const;
    const ended = service.watch({ path, headers: [accept, ...headers] }, (data) => this.#onData(data), aborter.handle);
    void ended.catch(() => {}).then(() => this.#closed(aborter));
  }

  #closed(aborter: Aborter): void {
    if (this.#stream !== aborter) return;
    this.#stream = null;
    this.#options.onChange();
    if (this.#stopped) return;
    const { timers } = this.#options.ports;
    this.#cancelReopen = timers.after(this.#backoff.nextMs(), () => {
      if (this.#stream === null) this.#open();
    });
  }

  #onData(data: string): void {
    if (this.#stopped || !generationPattern.test(data.trim())) return;
    this.#backoff.reset();
    this.#wanted = Number(data);
    this.#dropIfCurrent();
    if (this.#wanted === null || this.#cancelRefresh !== null) return;
    const { timers, randomness } = this.#options.ports;
    const spreadMs = (this.#options.session()?.watch?.spreadSeconds ?? 0) * 1000;
    const spacingMs = this.#lastRefreshMs + leastSpacingMs - this.#options.nowMs();
    this.#cancelRefresh = timers.after(Math.max(spacingMs, randomFraction(randomness) * spreadMs, 0), () => {
      this.#cancelRefresh = null;
      this.#dropIfCurrent();
      if (this.#wanted === null) return;
      this.#wanted = null;
      this.#lastRefreshMs = this.#options.nowMs();
      this.#options.refresh();
    });
  }

  #isKnown(generation: number): boolean {
    const known = this.#options.session()?.watch?.generation;
    return known !== undefined && known >= generation;
  }

  /** What the session knows already needs no refresh. */
  #dropIfCurrent(): void {
    if (this.#wanted !== null && this.#isKnown(this.#wanted)) this.#wanted = null;
  }
}
