import { connect } from "node:net";
import type { CorpusRequest } from "./corpus/case.ts";

export interface RawAnswer {
  readonly status: number;
  /** Status line, headers and body as they came. */
  readonly text: string;
}

const framing = (body: Uint8Array | undefined): string =>
  body === undefined ? "" : `Content-Length: ${body.length}\r\n`;

/**
 * Sends a request byte for byte over a connection of its own: clients would order, join or refuse the lines. Header values are one byte a
 * character.
 */
export function sendRaw(port: number, request: CorpusRequest): Promise<RawAnswer> {
  const lines = request.headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = `${request.method} ${request.target} HTTP/1.1\r\nHost: inside.example:8080\r\n${lines}${framing(request.body)}Connection: close\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(Buffer.concat([Buffer.from(head, "latin1"), request.body ?? new Uint8Array(0)]));
    });
    socket.on("data", (chunk) => chunks.push(Buffer.from(chunk)));
    socket.on("error", reject);
    socket.on("close", () => {
      const text = Buffer.concat(chunks).toString("latin1");
      resolve({ status: Number(/^HTTP\/1\.1 ([0-9]{3}) /.exec(text)?.[1]), text });
    });
  });
}
