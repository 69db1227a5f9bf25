import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** What the server answers next. */
export interface ListAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Never ends its answer. */
  readonly hangs?: true;
}

/** A vendor's server on this machine, for status lists. */
export interface ListServer {
  readonly url: string;
  /** Headers of each request, in order. */
  readonly requests: readonly IncomingHttpHeaders[];
  answer(answer: ListAnswer): void;
  close(): Promise<void>;
}

export async function openListServer(): Promise<ListServer> {
  let current: ListAnswer = { status: 503 };
  const requests: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers);
    response.writeHead(current.status ?? 200, current.headers);
    response.write(current.body ?? "");
    if (current.hangs !== true) response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/attestation/status`,
    requests,
    answer: (answer) => {
      current = answer;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
