import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** What a call brought. */
export interface SeenCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** How the server answers; `never` keeps the caller waiting. */
export type AppleReply =
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  | "never";

/** A server on this machine in Apple's place. */
export interface AppleServer {
  readonly origin: string;
  readonly seen: SeenCall[];
  /** What the next calls are answered with, one after the other; the last one stays. */
  reply(...replies: readonly (AppleReply | ((call: SeenCall) => AppleReply))[]): void;
  close(): Promise<void>;
}

export async function startAppleServer(): Promise<AppleServer> {
  const seen: SeenCall[] = [];
  let replies: readonly (AppleReply | ((call: SeenCall) => AppleReply))[] = [{ status: 500 }];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const call = { method, path, headers, body: Buffer.concat(chunks).toString("utf8") };
      seen.push(call);
      const [first, ...rest] = replies;
      if (rest.length > 0) replies = rest;
      const reply = typeof first === "function" ? first(call) : first;
      if (reply === undefined || reply === "never") return;
      response.writeHead(reply.status, reply.headers ?? {}).end(reply.body ?? "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    seen,
    reply: (...next) => {
      replies = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
