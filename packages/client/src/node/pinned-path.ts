import { createHash, X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate, PeerCertificate, TLSSocket } from "node:tls";
import { type AbortHandle, ChannelError } from "../ports.ts";
import type { Peer } from "./connect-tls.ts";
import { LeafProof } from "./leaf-proof.ts";

function pinOf(certificate: X509Certificate): string {
  return createHash("sha256")
    .update(certificate.publicKey.export({ format: "der", type: "spki" }))
    .digest("base64url");
}

/**
 * The certificates with a pinned key in the chain from the leaf up, each link verified by signature: what a peer merely sends along counts
 * for nothing. The peer composes this chain, so that one is found proves no path: `PinnedPath` does.
 */
export function pinnedOfChain(
  leaf: PeerCertificate | DetailedPeerCertificate,
  pins: readonly string[],
): X509Certificate[] {
  let certificate = new X509Certificate(leaf.raw);
  let current: PeerCertificate | DetailedPeerCertificate | undefined = leaf;
  const chain = [certificate];
  for (let depth = 0; depth < 10; depth += 1) {
    const above: PeerCertificate | undefined = "issuerCertificate" in current ? current.issuerCertificate : undefined;
    if (above?.raw === undefined || above.raw.equals(current.raw)) break;
    const issuer = new X509Certificate(above.raw);
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) break;
    chain.push(issuer);
    certificate = issuer;
    current = above;
  }
  return chain.filter((each) => pins.includes(pinOf(each)));
}

export function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** Proves that a leaf chains to a pinned key: the pinned certificate is made the only anchor of a further handshake. */
export class PinnedPath {
  readonly #pins: readonly string[];
  /** Managed roots under a pinned key, PEM: a host that two authorities vouch for shows the chain to one of them. */
  readonly #pinnedRoots: readonly string[];
  readonly #proof: LeafProof;

  constructor(pins: readonly string[], roots: readonly Uint8Array[], nowMs: () => number) {
    this.#pins = pins;
    this.#pinnedRoots = roots.filter((der) => pins.includes(pinOf(new X509Certificate(der)))).map(toPem);
    this.#proof = new LeafProof(nowMs);
  }

  /** Until when the leaf of this connection, which its policy let pass, is proven. Rejects with ChannelError where it is not. */
  async prove(to: Peer, socket: TLSSocket, abort: AbortHandle): Promise<number> {
    const peer = socket.getPeerCertificate(true);
    const leaf = peer.fingerprint256;
    if (this.#proof.isProven(leaf)) return this.#proof.provenUntilMs(leaf);
    const pinned = pinnedOfChain(peer, this.#pins);
    // The key of the connection itself is pinned.
    if (pinned.some((each) => each.raw.equals(peer.raw))) return Number.POSITIVE_INFINITY;
    const ca = [...pinned.map((each) => toPem(each.raw)), ...this.#pinnedRoots];
    if (ca.length === 0) throw new ChannelError("channel_refused", "no pin is in the chain");
    await this.#proof.prove(to, leaf, { ca, partial: true }, abort);
    return this.#proof.provenUntilMs(leaf);
  }
}
