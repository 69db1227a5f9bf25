import { isIP } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { anchoredOptions, channelOptions, pinnedOfChain, pinsOf, type UpstreamChannel } from "./channel.ts";
import type { PathProofs } from "./path-proofs.ts";
import type { Peer } from "./resolve-peer.ts";

/** An upstream may answer with one of several certificates: how often the one at hand is looked for. */
const maxProbes = 4;

export interface UpstreamAddress {
  readonly host: string;
  readonly port: number;
  readonly peer: Peer;
  readonly channel: UpstreamChannel;
  readonly proofs: PathProofs;
  readonly abort: AbortSignal;
  /** Protocols offered (RFC 7301), the best first. Default: none. */
  readonly alpn?: readonly string[];
}

function open(to: UpstreamAddress, options: ConnectionOptions): Promise<TLSSocket> {
  const { port, peer, abort, alpn } = to;
  const host = to.host.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const aborted = (): Error => Object.assign(new Error("aborted"), { code: "ABORT_ERR" });
    if (abort.aborted) return reject(aborted());
    const socket = connect({
      ...options,
      host,
      port,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
      lookup: (_host, asked, done) => {
        // In a turn of its own, as any lookup: told at once of an address that has no route, `connect` throws, and leaves a socket whose error is nobody's.
        process.nextTick(() => {
          if (asked.all === true) done(null, [peer]);
          else done(null, peer.address, peer.family);
        });
      },
    });
    const giveUp = (): void => void socket.destroy(aborted());
    abort.addEventListener("abort", giveUp, { once: true });
    // Between the handshake and its first reader a connection may break: that is no uncaught error.
    socket.on("error", reject);
    socket.once("close", () => abort.removeEventListener("abort", giveUp));
    socket.once("secureConnect", () => resolve(socket));
  });
}

/** A peer that is there and does not prove itself. */
const unproven = (): Error => new Error("the upstream is not proven to chain to a pinned key");

/**
 * A pinned certificate is made the only anchor of a further handshake, in which nothing is written, and that must bring the very same leaf: Node
 * shows the chain a peer sent, not the one that was verified.
 */
async function provePin(to: UpstreamAddress, socket: TLSSocket, pins: readonly string[]): Promise<void> {
  const leaf = socket.getPeerCertificate(true);
  if (to.proofs.has(pins, leaf.fingerprint256)) return;
  const pinned = pinnedOfChain(leaf, pins);
  if (pinned.length === 0) throw unproven();
  // The key of the connection itself is pinned.
  if (pinned.some(({ raw }) => raw.equals(leaf.raw))) return;
  for (let probes = 0; probes < maxProbes; probes += 1) {
    const probe = await open(to, anchoredOptions(pinned));
    const brought = probe.getPeerCertificate().fingerprint256;
    probe.destroy();
    to.proofs.add(pins, brought);
    if (brought === leaf.fingerprint256) return;
  }
  throw unproven();
}

/** A new TLS connection to the judged address whose peer proved itself as the channel demands; nothing is written on it yet. */
export async function connectUpstream(to: UpstreamAddress): Promise<TLSSocket> {
  const socket = await open(to, channelOptions(to.channel));
  const pins = pinsOf(to.channel);
  try {
    if (pins !== null) await provePin(to, socket, pins);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
