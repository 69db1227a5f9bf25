import { request } from "node:https";
import { isIP } from "node:net";
import { getCACertificates } from "node:tls";
import { type Resolve, type ResolvedPeer, resolvePeer } from "@countersign/broker";

export interface GuardedPost {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether an address that names a private or loopback peer may be meant: development projects only. */
  readonly allowPrivate: boolean;
  /** PEM certificates trusted beside Node's own. */
  readonly furtherCas: readonly string[];
  /** For the whole exchange, the name's resolution included. */
  readonly timeoutMs: number;
  readonly closing: AbortSignal;
  /** Default: the system's. */
  readonly resolve?: Resolve;
}

export type GuardedAnswer =
  | { readonly ok: true; readonly status: number }
  | { readonly ok: false; readonly problem: "address_refused" | "unreachable" | "timeout" };

/**
 * Posts to an address that an operator named, under the broker's rules of which peers may be reached: the name is resolved once and judged, and the
 * connection goes to that very address, over TLS alone. The status is all that is read of the answer; a redirect is one, and not followed. Never rejects.
 */
export async function guardedPost(url: URL, options: GuardedPost): Promise<GuardedAnswer> {
  const late = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([late, options.closing]);
  const failed = (): GuardedAnswer => ({ ok: false, problem: late.aborted ? "timeout" : "unreachable" });
  if (url.protocol !== "https:") return { ok: false, problem: "address_refused" };
  const resolved = await beforeEnd(resolvePeer(url.hostname, options.allowPrivate, options.resolve), signal);
  if (resolved === null) return failed();
  if (!resolved.ok)
    return { ok: false, problem: resolved.code === "upstream_refused" ? "address_refused" : "unreachable" };
  const status = await postTo(resolved.peer, url, options, signal);
  return status === null ? failed() : { ok: true, status };
}

function beforeEnd<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve) => {
    const giveUp = (): void => resolve(null);
    signal.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, giveUp).finally(() => signal.removeEventListener("abort", giveUp));
  });
}

function postTo(
  peer: Extract<ResolvedPeer, { readonly ok: true }>["peer"],
  url: URL,
  { headers, body, furtherCas }: GuardedPost,
  signal: AbortSignal,
): Promise<number | null> {
  return new Promise((resolve) => {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const sent = request({
      method: "POST",
      host,
      port: url.port === "" ? 443 : Number(url.port),
      path: `${url.pathname}${url.search}`,
      headers: { ...headers, host: url.host, "content-length": String(Buffer.byteLength(body)) },
      agent: false,
      minVersion: "TLSv1.2",
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(furtherCas.length === 0 ? {} : { ca: [...getCACertificates("default"), ...furtherCas] }),
      lookup: (_host, asked, done) => {
        // In a turn of its own, as any lookup: told at once of an address that has no route, `connect` throws, and leaves a socket whose error is nobody's.
        process.nextTick(() => {
          if (asked.all === true) done(null, [peer]);
          else done(null, peer.address, peer.family);
        });
      },
      signal,
    });
    sent.once("error", () => resolve(null));
    sent.on("error", () => {});
    sent.once("response", (response) => {
      resolve(response.statusCode ?? null);
      response.on("error", () => {});
      response.destroy();
    });
    sent.once("close", () => resolve(null));
    sent.end(body);
  });
}
