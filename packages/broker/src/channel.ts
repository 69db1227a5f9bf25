import { createHash, X509Certificate } from "node:crypto";
import {
  type ConnectionOptions,
  checkServerIdentity,
  type DetailedPeerCertificate,
  type PeerCertificate,
  rootCertificates,
} from "node:tls";
import type { Manifest, ManifestApi } from "@countersign/protocol";

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

const toPem = (der: string): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der, "base64url")
    .toString("base64")
    .replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`;

const channels = new WeakMap<ManifestApi, { readonly manifest: Manifest; readonly held: UpstreamChannel }>();

/** How an API's host must prove itself; null where this version does not know. The same object as long as nothing of it changes. */
export function channelOf(api: ManifestApi, manifest: Manifest, furtherCas: readonly string[]): UpstreamChannel | null {
  const { channel, pins } = api;
  const known = channels.get(api);
  if (known?.manifest === manifest && known.held.furtherCas === furtherCas) return known.held;
  if (channel === "unknown") return null;
  const held = { channel, pins, roots: manifest.roots.map(toPem), furtherCas };
  channels.set(api, { manifest, held });
  return held;
}

const spkiPin = (certificate: X509Certificate): string =>
  createHash("sha256")
    .update(certificate.publicKey.export({ format: "der", type: "spki" }))
    .digest("base64url");

const isDetailed = (certificate: PeerCertificate): certificate is DetailedPeerCertificate =>
  "issuerCertificate" in certificate;

/** The pins of a channel; null where it demands none. */
export function pinsOf({ channel, pins }: UpstreamChannel): readonly string[] | null {
  return channel === "pins" || channel === "both" ? pins : null;
}

/**
 * The certificates under a pinned key in the chain from the leaf up, each link an authority's, by name and signature: what a peer merely sent
 * along counts for nothing. The peer composes this chain, so that one is found proves no path: `connectUpstream` does.
 */
export function pinnedOfChain(leaf: PeerCertificate, pins: readonly string[]): readonly X509Certificate[] {
  let parsed = new X509Certificate(leaf.raw);
  const chain = [parsed];
  let current = leaf;
  while (
    isDetailed(current) &&
    current.issuerCertificate.raw !== undefined &&
    !current.issuerCertificate.raw.equals(current.raw)
  ) {
    const issuer = new X509Certificate(current.issuerCertificate.raw);
    if (!issuer.ca || !parsed.checkIssued(issuer) || !parsed.verify(issuer.publicKey)) break;
    chain.push(issuer);
    parsed = issuer;
    current = current.issuerCertificate;
  }
  return chain.filter((each) => pins.includes(spkiPin(each)));
}

const strict: ConnectionOptions = { rejectUnauthorized: true, minVersion: "TLSv1.2", checkServerIdentity };

/**
 * TLS options that hold a connection to the authorities of the channel: the managed roots alone, or Node's own and those of this service. The
 * hostname is verified on every channel.
 */
export function channelOptions({ channel, roots, furtherCas }: UpstreamChannel): ConnectionOptions {
  const managed = channel === "roots" || channel === "both";
  return { ...strict, ca: managed ? [...roots] : [...rootCertificates, ...furtherCas] };
}

/** TLS options under which a leaf has to chain to one of these certificates, by every rule of a path. */
export function anchoredOptions(anchors: readonly X509Certificate[]): ConnectionOptions {
  return { ...strict, ca: anchors.map((each) => each.toString()), allowPartialTrustChain: true };
}
