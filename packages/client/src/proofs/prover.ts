import { encodeBase64url } from "@countersign/protocol";
import { toKeyFault } from "../enrolment/device-keys.ts";
import { AgentError } from "../errors.ts";
import type { AgentPorts, ClientAttestationProofRequest, DpopRequest, HttpSignatureRequest } from "../ports.ts";
import type { Session } from "../session/session.ts";

/** What the caller says of a proof; time and random parts are added here. */
export type ProofOf<T> = Omit<T, "iat" | "jti" | "created" | "nonce">;

/**
 * Has the instance key that a session is bound to make proofs, with times by the service's clock. Each method gives null where the
 * platform has that key no more, and rejects with an AgentError where it cannot make the proof.
 */
export class Prover {
  readonly #ports: Pick<AgentPorts, "keys" | "randomness">;

  constructor(ports: Pick<AgentPorts, "keys" | "randomness">) {
    this.#ports = ports;
  }

  dpop(session: Session, request: ProofOf<DpopRequest> & Pick<DpopRequest, "nonce">): Promise<string | null> {
    return this.#prove(() =>
      this.#ports.keys.dpop(session.alias, { ...request, iat: this.#seconds(session), jti: this.#unique() }),
    );
  }

  httpSignature(
    session: Session,
    request: ProofOf<HttpSignatureRequest>,
  ): Promise<{ readonly signatureInput: string; readonly signature: string } | null> {
    const created = this.#seconds(session);
    return this.#prove(() =>
      this.#ports.keys.httpSignature(session.alias, { ...request, created, nonce: this.#unique() }),
    );
  }

  clientAttestation(session: Session, request: ProofOf<ClientAttestationProofRequest>): Promise<string | null> {
    const iat = this.#seconds(session);
    return this.#prove(() =>
      this.#ports.keys.clientAttestationProof(session.alias, { ...request, iat, jti: this.#unique() }),
    );
  }

  #seconds(session: Session): number {
    return Math.floor(session.serviceNowMs() / 1000);
  }

  #unique(): string {
    return encodeBase64url(this.#ports.randomness.bytes(16));
  }

  async #prove<T>(make: () => Promise<T>): Promise<T | null> {
    try {
      return await make();
    } catch (error) {
      const { code } = toKeyFault(error);
      if (code === "invalid_key") return null;
      throw new AgentError(code === "unsupported" ? "proof_unsupported" : "key_unavailable");
    }
  }
}
