const maxLineCharacters = 4096;

/** Reads `text/event-stream` piece by piece and hands out each event's data. Other fields and comments are skipped. */
export class EventStreamReader {
  readonly #onData: (data: string) => void;
  #line = "";
  #data: string[] = [];

  constructor(onData: (data: string) => void) {
    this.#onData = onData;
  }

  /** False where a line is longer than 4096 characters: the stream is to be ended. */
  push(text: string): boolean {
    const lines = (this.#line + text).split(/\r\n|\n|\r/);
    this.#line = lines.pop() ?? "";
    for (const line of lines) this.#take(line);
    return this.#line.length <= maxLineCharacters;
  }

  #take(line: string): void {
    if (line === "") {
      if (this.#data.length > 0) this.#onData(this.#data.join("\n"));
      this.#data = [];
    } else if (line.startsWith("data:")) {
      this.#data.push(line.slice(5).replace(/^ /, ""));
    }
  }
}
