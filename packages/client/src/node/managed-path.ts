import type { TLSSocket } from "node:tls";
import { type AbortHandle, ChannelError } from "../ports.ts";
import type { Peer } from "./connect-tls.ts";
import { LeafProof } from "./leaf-proof.ts";
import { toPem } from "./pinned-path.ts";

/** Proves that a leaf which the device store let pass chains to a managed root too: they are the only anchors of a further handshake. */
export class ManagedPath {
  /** PEM. */
  readonly #roots: readonly string[];
  readonly #proof: LeafProof;

  constructor(roots: readonly Uint8Array[], nowMs: () => number) {
    // An empty list would mean Node's own store: no root at all is a policy nobody can meet.
    if (roots.length === 0) throw new ChannelError("channel_refused", "the policy names no managed root");
    this.#roots = roots.map(toPem);
    this.#proof = new LeafProof(nowMs);
  }

  /** Until when the leaf of this connection is proven. Rejects with ChannelError where it is not. */
  async prove(to: Peer, socket: TLSSocket, abort: AbortHandle): Promise<number> {
    const leaf = socket.getPeerCertificate().fingerprint256;
    await this.#proof.prove(to, leaf, { ca: this.#roots, partial: false }, abort);
    return this.#proof.provenUntilMs(leaf);
  }
}
