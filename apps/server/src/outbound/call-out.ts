import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { rootCertificates } from "node:tls";
import { type Resolve, type ResolvedPeer, resolvePeer } from "@countersign/broker";
import { parseStrictUrl } from "@countersign/protocol";
import type { CallOut, OutboundAnswer, OutboundFailure, OutboundRequest } from "../domain/ports/index.ts";

export interface CallOutOptions {
  /** PEM certificates trusted beside Node's own. */
  readonly furtherCas: readonly string[];
  /** Name resolution. Default: the system's. */
  readonly resolve?: Resolve;
  readonly connectMs?: number;
  readonly totalMs?: number;
  readonly maxBytes?: number;
}

const failed = (failure: OutboundFailure): OutboundAnswer => ({ ok: false, failure });

/**
 * Creates the way to servers that the service calls with an operator's credentials: over TLS, to an address that was judged before and is connected to as it is,
 * on a connection of its own. Follows no redirect, takes no encoded answer, waits and reads no longer than told.
 */
export function createCallOut(options: CallOutOptions): CallOut {
  const { connectMs = 5_000, totalMs = 10_000, maxBytes = 64 * 1024 } = options;

  async function call(outgoing: OutboundRequest, allowPrivate: boolean, abort: AbortSignal): Promise<OutboundAnswer> {
    const strict = parseStrictUrl(outgoing.url, []);
    if (!strict.ok) return failed("address_refused");
    const { host, port } = strict.url;
    const resolved = await orAborted(resolvePeer(host, allowPrivate, options.resolve), abort);
    if (!resolved.ok) return failed(resolved.code === "upstream_refused" ? "address_refused" : "unreachable");
    const { peer } = resolved;
    const bare = host.replace(/^\[|\]$/g, "");
    const target = strict.url.text.slice(strict.url.text.indexOf("/", "https://".length));
    const body = outgoing.body === null ? null : Buffer.from(outgoing.body, "utf8");
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = httpsRequest({
        agent: false,
        method: outgoing.method,
        host: bare,
        port,
        path: target,
        headers: {
          ...Object.fromEntries(outgoing.headers),
          "accept-encoding": "identity",
          ...(body === null ? {} : { "content-length": String(body.byteLength) }),
        },
        signal: abort,
        rejectUnauthorized: true,
        minVersion: "TLSv1.2",
        ca: [...rootCertificates, ...options.furtherCas],
        ...(isIP(bare) === 0 ? { servername: bare } : {}),
        lookup: (_host, asked, done) => {
          // In a turn of its own, as any lookup: told at once of an address that has no route, `connect` throws, and leaves a socket whose error is nobody's.
          process.nextTick(() => {
            if (asked.all === true) done(null, [peer]);
            else done(null, peer.address, peer.family);
          });
        },
      });
      const timer = setTimeout(() => sent.destroy(new Error("no connection in time")), connectMs);
      sent.once("socket", (socket) => socket.once("secureConnect", () => clearTimeout(timer)));
      sent.once("close", () => {
        clearTimeout(timer);
        reject(new Error("closed"));
      });
      sent.once("response", resolve);
      // A protocol that is switched to is none that is spoken here.
      sent.once("upgrade", (_response, socket) => {
        socket.destroy();
        reject(new Error("upgraded"));
      });
      sent.once("error", reject);
      sent.end(body ?? undefined);
    });
    try {
      return await readAnswer(response, maxBytes);
    } finally {
      response.destroy();
    }
  }

  return async (outgoing, { allowPrivate, abort }) => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), totalMs);
    try {
      return await call(outgoing, allowPrivate, AbortSignal.any([abort, late.signal]));
    } catch {
      return failed("unreachable");
    } finally {
      clearTimeout(timer);
    }
  };
}

function orAborted(work: Promise<ResolvedPeer>, abort: AbortSignal): Promise<ResolvedPeer> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new Error("aborted"));
    if (abort.aborted) giveUp();
    abort.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject).finally(() => abort.removeEventListener("abort", giveUp));
  });
}

async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<OutboundAnswer> {
  const encoding = response.headers["content-encoding"] ?? "identity";
  if (encoding.toLowerCase() !== "identity") return failed("unreadable");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) return failed("unreadable");
    chunks.push(chunk);
  }
  return { ok: true, status: response.statusCode ?? 0, body: Buffer.concat(chunks) };
}
