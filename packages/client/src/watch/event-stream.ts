const maxEventCharacters = 4096;

/** Reads `text/event-stream` piece by piece and hands out each event's data. Other fields and comments are skipped. */
export class EventStreamReader {
  readonly #onData: (data: string) => void;
  #line = "";
  #data: string[] = [];
  #dataCharacters = 0;

  constructor(onData: (data: string) => void) {
    this.#onData = onData;
  }

  /** False where one event is longer than 4096 characters: the stream is to be ended. */
  push(text: string): boolean {
    const lines = (this.#line + text).split(/\r\n|\n|\r/);
    this.#line = lines.pop() ?? "";
    for (const line of lines) {
      this.#take(line);
      if (this.#dataCharacters > maxEventCharacters) return false;
    }
    return this.#line.length <= maxEventCharacters;
  }

  #take(line: string): void {
    if (line === "") {
      if (this.#data.length > 0) this.#onData(this.#data.join("\n"));
      this.#data = [];
      this.#dataCharacters = 0;
    } else if (line.startsWith("data:")) {
      this.#data.push(line.slice(5).replace(/^ /, ""));
      this.#dataCharacters += line.length;
    }
  }
}
