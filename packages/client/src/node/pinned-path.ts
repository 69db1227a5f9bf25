import { createHash, X509Certificate } from "node:crypto";
import { checkServerIdentity, type DetailedPeerCertificate, type PeerCertificate, type TLSSocket } from "node:tls";
import { ChannelError } from "../ports.ts";
import { connectTls, type Peer } from "./connect-tls.ts";

const maxProven = 64;
/** A host may answer with one of several certificates: how often the one at hand is looked for. */
const maxProbes = 4;

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

/**
 * Proves that a leaf chains to a pinned key by every rule of a path (basicConstraints, path length, name constraints, dates). Node shows the
 * chain a peer sent, not the one that was verified; so the pinned certificate is made the only anchor of a second handshake, in which nothing
 * is written, and that must bring the very same leaf. Proven leaves are remembered.
 */
export class PinnedPath {
  readonly #pins: readonly string[];
  readonly #proven = new Set<string>();

  constructor(pins: readonly string[]) {
    this.#pins = pins;
  }

  /** Rejects with ChannelError where the leaf of this connection, which its policy let pass, is not proven. */
  async prove(to: Peer, socket: TLSSocket): Promise<void> {
    const peer = socket.getPeerCertificate(true);
    const leaf = new X509Certificate(peer.raw);
    const pinned = pinnedOfChain(peer, this.#pins);
    // The key of the connection itself is pinned, or this leaf is known.
    if (pinned.some((each) => each.raw.equals(leaf.raw)) || this.#proven.has(leaf.fingerprint256)) return;
    const ca = pinned.map((each) => toPem(each.raw));
    if (ca.length === 0) throw new ChannelError("channel_refused", "no pin is in the chain");
    for (let probes = 0; probes < maxProbes; probes += 1) {
      this.#remember(await this.#probe(to, ca));
      if (this.#proven.has(leaf.fingerprint256)) return;
    }
    throw new ChannelError("network", "the host answers with another certificate each time");
  }

  /** The leaf that a handshake with these anchors alone brings. */
  async #probe(to: Peer, ca: string[]): Promise<string> {
    const socket = await connectTls(to, {
      ca,
      allowPartialTrustChain: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      ALPNProtocols: ["http/1.1"],
      checkServerIdentity,
    });
    socket.on("error", () => {});
    const fingerprint = socket.getPeerCertificate().fingerprint256;
    socket.destroy();
    return fingerprint;
  }

  #remember(fingerprint: string): void {
    this.#proven.add(fingerprint);
    const [oldest] = this.#proven;
    if (this.#proven.size > maxProven && oldest !== undefined) this.#proven.delete(oldest);
  }
}
