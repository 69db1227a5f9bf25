import { connect } from "node:net";
import type { CorpusRequest } from "./corpus/case.ts";

export interface RawAnswer {
  readonly status: number;
  /** Status line, headers and body as they came. */
  readonly text: string;
}

function pieces(
  { body }: CorpusRequest,
  chunked: boolean,
): { readonly framing: string; readonly parts: readonly Buffer[] } {
  if (body === undefined) return { framing: "", parts: [] };
  const half = Math.ceil(body.length / 2);
  const halves = [body.subarray(0, half), body.subarray(half)].map((each) => Buffer.from(each));
  if (!chunked) return { framing: `Content-Length: ${body.length}\r\n`, parts: halves };
  const toChunk = (each: Buffer): Buffer =>
    Buffer.concat([Buffer.from(`${each.length.toString(16)}\r\n`), each, Buffer.from("\r\n")]);
  const chunks = halves.filter((each) => each.length > 0).map(toChunk);
  return { framing: "Transfer-Encoding: chunked\r\n", parts: [...chunks, Buffer.from("0\r\n\r\n")] };
}

/**
 * Sends a request byte for byte over a connection of its own: clients would order, join or refuse the lines. Header values are one byte a
 * character; the body goes in two parts.
 */
export function sendRaw(port: number, request: CorpusRequest, chunked = false): Promise<RawAnswer> {
  const lines = request.headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const { framing, parts } = pieces(request, chunked);
  const head = `${request.method} ${request.target} HTTP/1.1\r\nHost: inside.example:8080\r\n${lines}${framing}Connection: close\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => {
      const send = ([part, ...rest]: readonly Buffer[]): void => {
        if (part !== undefined) socket.write(part, () => setImmediate(send, rest));
      };
      send([Buffer.from(head, "latin1"), ...parts]);
    });
    socket.setNoDelay(true);
    socket.on("data", (chunk) => chunks.push(Buffer.from(chunk)));
    // A server that refuses without reading the body may reset the connection after its answer.
    socket.on("error", (error) => (chunks.length === 0 ? reject(error) : undefined));
    socket.on("close", () => {
      const text = Buffer.concat(chunks).toString("latin1");
      resolve({ status: Number(/^HTTP\/1\.1 ([0-9]{3}) /.exec(text)?.[1]), text });
    });
  });
}
