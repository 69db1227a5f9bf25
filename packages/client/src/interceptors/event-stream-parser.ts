import { concatBytes } from "@countersign/protocol";
import { decodeText } from "../fetch/agent-response.ts";

/** One event of a stream, as the HTML standard reads it. */
export interface StreamEvent {
  readonly type: string;
  /** Null where it has none: such an event only sets the id. */
  readonly data: string | null;
  readonly lastEventId: string;
}

const lineFeed = 10;
const carriageReturn = 13;
/** An event longer than this is none: whoever sends it would fill the memory. */
const maxEventBytes = 16 * 1024 * 1024;

/** Reads `text/event-stream` (HTML standard, section 9.2.6) from bytes, which may be cut anywhere. */
export class EventStreamParser {
  readonly #onEvent: (event: StreamEvent) => void;
  readonly #onRetry: (retryMs: number) => void;
  /** Pieces of a line that has not ended. */
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  #isFirst = true;
  #endsWithReturn = false;
  #data: string[] = [];
  #dataBytes = 0;
  #type = "";
  #id: string;

  constructor(lastEventId: string, onEvent: (event: StreamEvent) => void, onRetry: (retryMs: number) => void) {
    this.#id = lastEventId;
    this.#onEvent = onEvent;
    this.#onRetry = onRetry;
  }

  /** Throws a RangeError where an event, or a line of it, grows past 16 MiB. */
  push(part: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < part.length; at += 1) {
      const byte = part[at];
      // A line feed after a carriage return ends the same line.
      const isSecond = byte === lineFeed && this.#endsWithReturn && at === from && this.#restBytes === 0;
      this.#endsWithReturn = byte === carriageReturn;
      if (byte !== lineFeed && byte !== carriageReturn) continue;
      if (!isSecond) this.#line(concatBytes(...this.#rest, part.subarray(from, at)));
      this.#rest = [];
      this.#restBytes = 0;
      from = at + 1;
    }
    if (from < part.length) this.#rest.push(part.slice(from));
    this.#restBytes += part.length - from;
    if (this.#restBytes + this.#dataBytes > maxEventBytes) throw new RangeError("an event of the stream is too long");
  }

  #line(bytes: Uint8Array): void {
    const decoded = decodeText(bytes);
    const line = this.#isFirst ? decoded.replace(/^\ufeff/, "") : decoded;
    this.#isFirst = false;
    if (line === "") {
      this.#dispatch();
      return;
    }
    const at = line.indexOf(":");
    const name = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
    if (name === "data") {
      this.#data.push(value);
      this.#dataBytes += bytes.length;
    } else if (name === "event") this.#type = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^[0-9]+$/.test(value)) this.#onRetry(Number(value));
  }

  #dispatch(): void {
    const data = this.#data;
    const type = this.#type;
    this.#data = [];
    this.#dataBytes = 0;
    this.#type = "";
    const event: StreamEvent = {
      type: type === "" ? "message" : type,
      data: data.length === 0 ? null : data.join("\n"),
      lastEventId: this.#id,
    };
    this.#onEvent(event);
  }
}
