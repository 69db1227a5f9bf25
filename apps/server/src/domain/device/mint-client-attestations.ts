import type { SealedSession } from "@countersign/protocol";
import type { DeviceDeps } from "./device-deps.ts";
import type { Grant } from "./grant.ts";

/** Mints the client attestations a statement asks for, one for each OAuth client that this app may be attested as. */
export async function mintClientAttestations(
  _deps: DeviceDeps,
  _grant: Grant,
): Promise<SealedSession["clientAttestations"]> {
  return [];
}
