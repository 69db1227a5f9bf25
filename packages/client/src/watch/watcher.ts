import { type Aborter, createAborter } from "../abort.ts";
import { passHeaders } from "../broker/pass-headers.ts";
import { Backoff } from "../clock/backoff.ts";
import { randomFraction } from "../clock/random-fraction.ts";
import type { AgentPorts } from "../ports.ts";
import type { Session } from "../session/session.ts";

const leastSpacingMs = 5000;
/** A refresh that an event bought and that brought no newer generation doubles the spacing, up to this. */
const mostSpacingMs = 600_000;
/** A stream that lasted a heartbeat of the service did its work; a shorter one counts as a failure, whatever it said. */
const heartbeatMs = 25_000;
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
 * one refresh after a random part of `spreadSeconds`, at most one in 5 s, and a lost one costs nothing but time. While such refreshes bring
 * no newer generation the spacing doubles, up to 10 min: forged events buy less and less.
 */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #backoff: Backoff;
  #stream: Aborter | null = null;
  #openedAtMs = 0;
  #wanted: number | null = null;
  #spacingMs = leastSpacingMs;
  /** The greatest generation that any session knew. */
  #newest = -1;
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
    const known = this.#known();
    if (known !== null && known > this.#newest) {
      // Something did change: what waits at a longer spacing waits at the least one.
      this.#newest = known;
      this.#spacingMs = leastSpacingMs;
      this.#cancelRefresh?.();
      this.#cancelRefresh = null;
    }
    this.#schedule();
    if (this.#stream === null) this.#open();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelReopen();
    this.#cancelRefresh?.();
    this.#stream?.abort();
  }

  /** Closes the stream until the next session. */
  pause(): void {
    this.#cancelReopen();
    this.#cancelRefresh?.();
    this.#cancelRefresh = null;
    const stream = this.#stream;
    this.#stream = null;
    stream?.abort();
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
    this.#openedAtMs = this.#options.nowMs();
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
    if (this.#options.nowMs() - this.#openedAtMs >= heartbeatMs) this.#backoff.reset();
    const { timers } = this.#options.ports;
    this.#cancelReopen = timers.after(this.#backoff.nextMs(), () => {
      if (this.#stream === null) this.#open();
    });
  }

  #onData(data: string): void {
    if (this.#stopped || !generationPattern.test(data.trim())) return;
    this.#wanted = Number(data);
    this.#schedule();
  }

  #schedule(): void {
    this.#dropIfCurrent();
    if (this.#wanted === null || this.#cancelRefresh !== null) return;
    const { timers, randomness } = this.#options.ports;
    const spreadMs = (this.#options.session()?.watch?.spreadSeconds ?? 0) * 1000;
    const spacingMs = this.#lastRefreshMs + this.#spacingMs - this.#options.nowMs();
    this.#cancelRefresh = timers.after(Math.max(spacingMs, randomFraction(randomness) * spreadMs, 0), () => {
      this.#cancelRefresh = null;
      this.#dropIfCurrent();
      if (this.#wanted === null) return;
      this.#wanted = null;
      this.#lastRefreshMs = this.#options.nowMs();
      this.#spacingMs = Math.min(this.#spacingMs * 2, mostSpacingMs);
      this.#options.refresh();
    });
  }

  #known(): number | null {
    return this.#options.session()?.watch?.generation ?? null;
  }

  /** What the session knows already needs no refresh. */
  #dropIfCurrent(): void {
    const known = this.#known();
    if (this.#wanted !== null && known !== null && known >= this.#wanted) this.#wanted = null;
  }
}
