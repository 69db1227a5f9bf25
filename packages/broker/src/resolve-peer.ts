import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { peerKind } from "./peer-address.ts";

/** The one address a request will be sent to. Resolved once, judged, and connected to as it is: a name cannot change its mind in between. */
export interface Peer {
  readonly address: string;
  readonly family: 4 | 6;
}

export type ResolvedPeer =
  | { readonly ok: true; readonly peer: Peer }
  | { readonly ok: false; readonly code: "upstream_refused" | "upstream_unavailable" };

export type Resolve = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export const resolveBySystem: Resolve = (host) => lookup(host, { all: true, verbatim: true });

/** A private peer must be meant: the registered host is that address itself, or `localhost`. A name that merely resolves there is an attack or an error. */
function namesPrivatePeer(host: string): boolean {
  return host === "localhost" || (isIP(host) !== 0 && peerKind(host) === "private");
}

/**
 * Resolves the host of an API and refuses peers that are not the public Internet. Every address must be good: one bad among good ones is how a
 * rebinding name looks. `allowPrivate` is the host's consent to registered private addresses; link-local and metadata have no consent.
 */
export async function resolvePeer(
  host: string,
  allowPrivate: boolean,
  resolve: Resolve = resolveBySystem,
): Promise<ResolvedPeer> {
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  let found: readonly { readonly address: string; readonly family: number }[];
  try {
    found = await resolve(bare);
  } catch {
    return { ok: false, code: "upstream_unavailable" };
  }
  const mayBePrivate = allowPrivate && namesPrivatePeer(bare);
  for (const { address } of found) {
    const kind = peerKind(address);
    if (kind === "forbidden" || (kind === "private" && !mayBePrivate)) return { ok: false, code: "upstream_refused" };
  }
  const first = found.find(({ family }) => family === 4) ?? found[0];
  if (first === undefined) return { ok: false, code: "upstream_unavailable" };
  return { ok: true, peer: { address: first.address, family: first.family === 6 ? 6 : 4 } };
}
