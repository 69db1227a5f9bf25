import type { SealedSession } from "@countersign/protocol";
import { attesterPath, clientAttestationSeconds, mintClientAttestation } from "@countersign/tokens";
import type { DeviceDeps } from "./device-deps.ts";
import type { Grant } from "./grant.ts";
import { keysOf } from "./known-instance.ts";

/**
 * Mints the client attestations a statement asks for, one for each OAuth client that this app may be attested as, in the order of asking.
 * What they attest is that the instance was trusted: no other verdict has any.
 */
export async function mintClientAttestations(
  deps: DeviceDeps,
  { context, statement, known, verdict, decoy }: Grant,
): Promise<SealedSession["clientAttestations"]> {
  const { project } = context;
  const nowMs = deps.clock.nowMs();
  const key = context.attesterKey(nowMs);
  if (key === null || verdict !== "trusted" || decoy) return [];
  const asked = new Set(statement.asks.clientAttestations.map(({ clientId }) => clientId));
  const allowed = new Set(
    (project.settings.oauthClients ?? [])
      .filter(({ apps }) => apps === null || apps.includes(statement.app.id))
      .map(({ clientId }) => clientId),
  );
  const { instanceKey: point } = keysOf(known);
  const issuer = `${deps.publicOrigin()}${attesterPath(project.id, project.kind)}`;
  return [...asked]
    .filter((clientId) => allowed.has(clientId))
    .map((clientId) => ({
      clientId,
      jwt: mintClientAttestation({
        key,
        issuer,
        clientId,
        point,
        issuedAtMs: nowMs,
        lifetimeSeconds: clientAttestationSeconds,
      }),
    }));
}
