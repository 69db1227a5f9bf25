import type { AnswerHeaders, SentCall } from "./upstream-connection.ts";

/** How much of an answer waits for its reader before the upstream is made to wait too. */
const heldBytes = 65_536;
/** The same of pieces: each takes room beside its bytes. */
const heldPieces = 1024;

/** An answer of an upstream, its body unread. */
export interface UpstreamAnswer extends AsyncIterable<Buffer> {
  readonly status: number;
  /** Empty on HTTP/2. */
  readonly statusText: string;
  readonly headers: AnswerHeaders;
  /** Whether all of the body has been read, and its upstream said that this was all. */
  readonly complete: boolean;
  /** Breaks it off at the upstream, unless it is over. */
  destroy(): void;
}

type Waiter = (result: IteratorResult<Buffer>) => void;

/** What arrives of an answer's body, to be read once, at its reader's pace. */
export class AnswerBody {
  readonly #idleMs: number;
  readonly #onDestroy: () => void;
  #parts: Buffer[] = [];
  #call: SentCall | null = null;
  #held = 0;
  #isPaused = false;
  #isOver = false;
  #isCut = false;
  #waiter: Waiter | null = null;
  #idle: NodeJS.Timeout | null = null;

  /** `idleMs`: how long a reader waits for the next piece before the answer is broken off. */
  constructor(idleMs: number, onDestroy: () => void) {
    this.#idleMs = idleMs;
    this.#onDestroy = onDestroy;
  }

  /** The call whose pace follows the reader's. */
  set call(call: SentCall) {
    this.#call = call;
  }

  get complete(): boolean {
    return this.#isOver && !this.#isCut && this.#parts.length === 0;
  }

  push(part: Buffer): void {
    if (this.#isOver || part.length === 0) return;
    if (this.#waiter !== null) {
      this.#give({ done: false, value: part });
      return;
    }
    this.#parts.push(part);
    this.#held += part.length;
    if ((this.#held > heldBytes || this.#parts.length > heldPieces) && !this.#isPaused) {
      this.#isPaused = true;
      this.#call?.pause();
    }
  }

  /** Nothing follows; `isWhole` where the upstream said so. */
  end(isWhole: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isCut = !isWhole;
    this.#give({ done: true, value: undefined });
  }

  destroy(): void {
    if (this.#isOver) return;
    this.end(false);
    this.#call?.abort();
    this.#onDestroy();
  }

  #give(result: IteratorResult<Buffer>): void {
    const waiter = this.#waiter;
    this.#waiter = null;
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    waiter?.(result);
  }

  next(): Promise<IteratorResult<Buffer>> {
    const [first, ...others] = this.#parts;
    if (first !== undefined) {
      // What waits is read at once: a reader's work per piece is more than that per byte.
      const value = others.length === 0 ? first : Buffer.concat(this.#parts);
      this.#parts = [];
      this.#held = 0;
      if (this.#isPaused) {
        this.#isPaused = false;
        this.#call?.resume();
      }
      return Promise.resolve({ done: false, value });
    }
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#waiter = resolve;
      this.#idle = setTimeout(() => this.destroy(), this.#idleMs);
    });
  }

  return(): Promise<IteratorResult<Buffer>> {
    this.destroy();
    return Promise.resolve({ done: true, value: undefined });
  }
}

/** The answer that begins with these headers. */
export function toAnswer(
  body: AnswerBody,
  head: Pick<UpstreamAnswer, "status" | "statusText" | "headers">,
): UpstreamAnswer {
  return {
    ...head,
    get complete() {
      return body.complete;
    },
    destroy: () => body.destroy(),
    [Symbol.asyncIterator]: () => body,
  };
}
