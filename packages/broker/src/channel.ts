import { createHash, X509Certificate } from "node:crypto";
import {
  type ConnectionOptions,
  checkServerIdentity,
  type DetailedPeerCertificate,
  type PeerCertificate,
  rootCertificates,
} from "node:tls";

/** How an upstream must prove itself: the channel of the manifest, as the agent holds it too. */
export interface UpstreamChannel {
  readonly channel: "pins" | "roots" | "both" | "system";
  /** b64u SHA-256 of SPKI. */
  readonly pins: readonly string[];
  /** PEM: the managed roots. */
  readonly roots: readonly string[];
  /** PEM: trusted beside Node's own where the channel is not held to managed roots. */
  readonly furtherCas: readonly string[];
}

const spkiPin = (certificate: X509Certificate): string =>
  createHash("sha256")
    .update(certificate.publicKey.export({ format: "der", type: "spki" }))
    .digest("base64url");

const isDetailed = (certificate: PeerCertificate): certificate is DetailedPeerCertificate =>
  "issuerCertificate" in certificate;

/**
 * The pins of the chain, each link a certificate authority's, by name and signature: what a peer merely sent along counts for nothing. The peer
 * composes this chain; an authority that is pinned itself but held to other names or depths is not told apart here.
 */
function pinsOfChain(leaf: PeerCertificate): string[] {
  const pins: string[] = [];
  let parsed = new X509Certificate(leaf.raw);
  pins.push(spkiPin(parsed));
  let current = leaf;
  while (
    isDetailed(current) &&
    current.issuerCertificate.raw !== undefined &&
    !current.issuerCertificate.raw.equals(current.raw)
  ) {
    const issuer = new X509Certificate(current.issuerCertificate.raw);
    if (!issuer.ca || !parsed.checkIssued(issuer) || !parsed.verify(issuer.publicKey)) break;
    pins.push(spkiPin(issuer));
    parsed = issuer;
    current = current.issuerCertificate;
  }
  return pins;
}

/** TLS options that hold a connection to the channel. The hostname is verified on every channel. */
export function channelOptions(channel: UpstreamChannel): ConnectionOptions {
  const managed = channel.channel === "roots" || channel.channel === "both";
  const pinned = channel.channel === "pins" || channel.channel === "both";
  return {
    ca: managed ? [...channel.roots] : [...rootCertificates, ...channel.furtherCas],
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    checkServerIdentity(host, certificate) {
      const mismatch = checkServerIdentity(host, certificate);
      if (mismatch !== undefined) return mismatch;
      if (!pinned) return undefined;
      const found = pinsOfChain(certificate);
      return channel.pins.some((pin) => found.includes(pin))
        ? undefined
        : new Error("no pin of the channel is in the verified chain");
    },
  };
}
