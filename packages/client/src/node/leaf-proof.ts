import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import { type Aborter, createAborter } from "../abort.ts";
import { type AbortHandle, ChannelError } from "../ports.ts";
import { connectTls, type Peer } from "./connect-tls.ts";

const maxProven = 64;
/** A host may answer with one of several certificates: how often the one at hand is looked for. */
const maxProbes = 4;
/** Certificates above the leaf end without its knowing: after so long it is proven anew. */
export const provenMs = 3_600_000;

/** What a leaf has to chain to. `partial`: the anchors are ends of the path themselves, self-signed or not. */
export interface Anchors {
  /** PEM. */
  readonly ca: readonly string[];
  readonly partial: boolean;
}

/** A proof that several connections may wait for: it goes on as long as one of them does. */
interface SharedProof {
  readonly proof: Promise<void>;
  readonly aborter: Aborter;
  waiting: number;
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
  readonly #underWay = new Map<string, SharedProof>();

  /** `nowMs`: any clock that only goes forward. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Until when this leaf is proven; minus infinity where it is not. */
  provenUntilMs(leaf: string): number {
    const untilMs = this.#provenUntilMs.get(leaf) ?? Number.NEGATIVE_INFINITY;
    return this.#nowMs() < untilMs ? untilMs : Number.NEGATIVE_INFINITY;
  }

  isProven(leaf: string): boolean {
    return this.provenUntilMs(leaf) > Number.NEGATIVE_INFINITY;
  }

  /** Rejects with ChannelError where no handshake under the anchors brings the leaf, given as Node's `fingerprint256`. */
  async prove(to: Peer, leaf: string, anchors: Anchors, abort: AbortHandle): Promise<void> {
    const key = `${to.host} ${to.port} ${leaf}`;
    const shared = this.#underWay.get(key) ?? this.#begin(key, to, leaf, anchors);
    shared.waiting += 1;
    let undo = (): void => {};
    const givenUp = new Promise<never>((_, reject) => {
      undo = abort.onAbort(() => reject(new ChannelError("aborted", "the caller gave up")));
    });
    try {
      await Promise.race([shared.proof, givenUp]);
    } finally {
      undo();
      shared.waiting -= 1;
      if (shared.waiting === 0) this.#leave(key, shared);
    }
  }

  #begin(key: string, to: Peer, leaf: string, anchors: Anchors): SharedProof {
    const aborter = createAborter();
    const proof = this.#probeUntilProven(to, leaf, anchors, aborter.handle);
    const shared: SharedProof = { proof, aborter, waiting: 0 };
    // Whoever waits is told; nobody may.
    proof.catch(() => {});
    this.#underWay.set(key, shared);
    return shared;
  }

  #leave(key: string, shared: SharedProof): void {
    shared.aborter.abort();
    if (this.#underWay.get(key) === shared) this.#underWay.delete(key);
  }

  async #probeUntilProven(to: Peer, leaf: string, anchors: Anchors, abort: AbortHandle): Promise<void> {
    for (let probes = 0; probes < maxProbes && !this.isProven(leaf); probes += 1) {
      this.#remember(await probe(to, anchors, abort));
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
async function probe(to: Peer, { ca, partial }: Anchors, abort: AbortHandle): Promise<string> {
  const options: ConnectionOptions = {
    ca: [...ca],
    allowPartialTrustChain: partial,
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    checkServerIdentity,
  };
  const socket = await connectTls(to, options, abort);
  const leaf = socket.getPeerCertificate().fingerprint256;
  socket.destroy();
  return leaf;
}
