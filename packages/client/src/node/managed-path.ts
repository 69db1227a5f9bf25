import type { TLSSocket } from "node:tls";
import { ChannelError } from "../ports.ts";
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

  /** Rejects with ChannelError where the leaf of this connection is not proven. */
  prove(to: Peer, socket: TLSSocket): Promise<void> {
    return this.#proof.prove(to, socket.getPeerCertificate().fingerprint256, { ca: this.#roots, partial: false });
  }
}
