/** The agent as an OAuth client (docs/agent.md, OAuth). */
export {
  type ClientAttestationHeaders,
  type ClientAttestationRequest,
  clientAttestation,
} from "../proofs/client-attestation.ts";
