import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createTlsAuthority } from "../../../../../testing/tls-authority.ts";
import { createCallOut } from "../../outbound/call-out.ts";

/** A request as the vendor got it. */
export interface VendorRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A vendor's endpoint over real TLS, whose answers a test decides. */
export interface VendorLab {
  /** `https://localhost:PORT` */
  readonly origin: string;
  readonly port: number;
  readonly ca: string;
  readonly seen: VendorRequest[];
  answer: (request: VendorRequest, response: ServerResponse) => void;
  readonly callOut: ReturnType<typeof createCallOut>;
  close(): Promise<void>;
}

/** A token endpoint's answer. */
export function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(typeof value === "string" ? value : JSON.stringify(value));
}

/** A bearer token that is another each time. */
export const grantToken: VendorLab["answer"] = (_request, response) =>
  answerJson(response, {
    access_token: `token-${randomBytes(12).toString("hex")}`,
    token_type: "Bearer",
    expires_in: 3600,
  });

export async function openVendorLab(): Promise<VendorLab> {
  const authority = createTlsAuthority({ name: "Vendor CA", nowMs: Date.now() });
  const seen: VendorRequest[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const { method = "", url: target = "", headers } = request;
    const got = { method, target, headers, body: Buffer.concat(parts).toString("utf8") };
    seen.push(got);
    lab.answer(got, response);
  };
  const server: Server = createServer(authority.issue(["localhost"]), (request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  const lab: VendorLab = {
    origin: `https://localhost:${port}`,
    port,
    ca: authority.pem,
    seen,
    answer: grantToken,
    callOut: createCallOut({ furtherCas: [authority.pem], connectMs: 2_000, totalMs: 1_000 }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return lab;
}
