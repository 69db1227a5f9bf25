import { checkServerIdentity } from "node:tls";
import { ChannelError } from "../ports.ts";
import { connectTls, type Peer } from "./connect-tls.ts";

const maxProven = 64;
/** A host may answer with one of several certificates: how often the one at hand is looked for. */
const maxProbes = 4;
/** Certificates above the leaf end without its knowing: after so long it is proven anew. */
const provenMs = 3_600_000;

/** What a leaf has to chain to. `partial`: the anchors are ends of the path themselves, self-signed or not. */
export interface Anchors {
  /** PEM. */
  readonly ca: readonly string[];
  readonly partial: boolean;
}

/**
 * Proves that a leaf chains to anchors by every rule of a path (basicConstraints, path length, name constraints, dates). Node shows the chain a
 * peer sent, not one that was verified; so the anchors are made the only ones of a further handshake, in which nothing is written, and that must
 * bring the very same leaf. A proof is remembered for an hour.
 */
export class LeafProof {
  readonly #nowMs: () => number;
  /** By SHA-256 of the leaf: until when. */
  readonly #provenUntilMs = new Map<string, number>();
  /** Proofs under way, by host, port and leaf: connections that begin at once share one. */
  readonly #underWay = new Map<string, Promise<void>>();

  /** `nowMs`: any clock that only goes forward. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  isProven(leaf: string): boolean {
    return this.#nowMs() < (this.#provenUntilMs.get(leaf) ?? Number.NEGATIVE_INFINITY);
  }

  /** Rejects with ChannelError where no handshake under the anchors brings the leaf, given as Node's `fingerprint256`. */
  prove(to: Peer, leaf: string, anchors: Anchors): Promise<void> {
    const key = `${to.host} ${to.port} ${leaf}`;
    const running = this.#underWay.get(key);
    if (running !== undefined) return running;
    const proof = this.#probeUntilProven(to, leaf, anchors).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, proof);
    return proof;
  }

  async #probeUntilProven(to: Peer, leaf: string, anchors: Anchors): Promise<void> {
    for (let probes = 0; probes < maxProbes && !this.isProven(leaf); probes += 1) {
      this.#remember(await probe(to, anchors));
    }
    if (!this.isProven(leaf)) throw new ChannelError("network", "the host answers with another certificate each time");
  }

  #remember(leaf: string): void {
    this.#provenUntilMs.delete(leaf);
    this.#provenUntilMs.set(leaf, this.#nowMs() + provenMs);
    const [oldest] = this.#provenUntilMs.keys();
    if (this.#provenUntilMs.size > maxProven && oldest !== undefined) this.#provenUntilMs.delete(oldest);
  }
}

/** The leaf that a handshake with these anchors alone brings. */
async function probe(to: Peer, { ca, partial }: Anchors): Promise<string> {
  const socket = await connectTls(to, {
    ca: [...ca],
    allowPartialTrustChain: partial,
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    checkServerIdentity,
  });
  const leaf = socket.getPeerCertificate().fingerprint256;
  socket.destroy();
  return leaf;
}
