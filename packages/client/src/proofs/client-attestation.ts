import * as limits from "@countersign/protocol/limits";
import type { Agent } from "../agent-api.ts";
import { insideOf } from "../agent-inside.ts";
import { AgentError } from "../errors.ts";
import { noNeeds } from "../statement/asks.ts";

export interface ClientAttestationRequest {
  /** As registered at the service for this app, and at the authorization server. */
  readonly clientId: string;
  /** The authorization server's issuer, or the resource server's identifier. */
  readonly audience: string;
  /** The server's challenge, where it gave one; with `dpop`, the nonce of its `DPoP-Nonce`. */
  readonly challenge?: string;
  /** The request that is authenticated. With it the proof is a DPoP proof, for servers that support the combined mode. */
  readonly dpop?: { readonly method: string; readonly url: string };
}

/** What to send with one request; every request needs its own. */
export interface ClientAttestationHeaders {
  readonly headers: readonly (readonly [string, string])[];
}

function assertRequest({ clientId, audience, challenge, dpop }: ClientAttestationRequest): void {
  const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
  if (!isText(clientId) || clientId.length > limits.clientIdCharacters) {
    throw new TypeError(`clientId is text of 1 to ${limits.clientIdCharacters} characters`);
  }
  if (!isText(audience)) throw new TypeError("audience is the authorization server's issuer");
  if (challenge !== undefined && !isText(challenge)) throw new TypeError("challenge is text");
  if (dpop !== undefined && !(isText(dpop.method) && isText(dpop.url))) throw new TypeError("dpop has method and url");
}

/**
 * Headers of Attestation-Based Client Authentication (draft-ietf-oauth-attestation-based-client-auth-10), which authenticate this instance as
 * an OAuth client in one request to an authorization or resource server, to be sent by other means: the attestation that the session
 * brought, and a proof by the instance key. Every request needs new ones. Rejects with an `AgentError`, `token_unavailable` where the
 * service granted no attestation; a TypeError where the request is not of this form.
 */
export async function clientAttestation(
  agent: Agent,
  request: ClientAttestationRequest,
): Promise<ClientAttestationHeaders> {
  const deps = insideOf(agent);
  await deps.ready();
  assertRequest(request);
  const { clientId, audience, challenge, dpop } = request;
  for (let keys = 0; keys < 2; keys += 1) {
    const session = await deps.demand({ ...noNeeds, clientAttestations: [clientId] });
    const attestation = session.revealClientAttestation(clientId);
    if (attestation === null) throw new AgentError("token_unavailable");
    const wipes = deps.wipes();
    const proof =
      dpop === undefined
        ? await deps.prover.clientAttestation(session, { audience, ...(challenge === undefined ? {} : { challenge }) })
        : await deps.prover.dpop(session, {
            ...dpop,
            token: null,
            ...(challenge === undefined ? {} : { nonce: challenge }),
          });
    if (wipes !== deps.wipes()) throw new AgentError("token_unavailable");
    const name = dpop === undefined ? "OAuth-Client-Attestation-PoP" : "DPoP";
    if (proof !== null)
      return {
        headers: [
          ["OAuth-Client-Attestation", attestation],
          [name, proof],
        ],
      };
    await deps.replaceKey(session);
  }
  throw new AgentError("key_unavailable");
}
