import { createHash } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { AdapterOptions } from "../../adapter/adapter-options.ts";
import type { RequestVerifier } from "../../adapter/gate.ts";
import type { Verification } from "../../verification.ts";

/** A real server on loopback whose every route is guarded and answers with the digest of the body it was sent. */
export interface GuardedServer {
  readonly port: number;
  close(): Promise<void>;
}

export type OpenServer = (verifier: RequestVerifier, options?: AdapterOptions) => Promise<GuardedServer>;

/** What a handler answers: proof that the body reached it whole. */
export const bodyDigest = (body: Uint8Array): string => createHash("sha256").update(body).digest("hex");

/** What a handler saw: the body, whole, and how the request was judged. */
export function handled(body: Uint8Array, verification: Verification | null | undefined): string {
  const judged = verification?.ok === true ? "verified" : (verification?.reason ?? "unverified");
  return `${bodyDigest(body)} ${judged}`;
}

/** Waits until the server listens on a free port of loopback. */
export function listen(server: Server): Promise<GuardedServer> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}

/** The rest of a stream. */
export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
