import { decodeBase64url, thumbprintOf, toJwk } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import type { MintInput } from "@countersign/tokens";
import type { ApiToken } from "../ports/index.ts";

/**
 * `cnf` of a token whose caller proves that it holds the instance key (RFC 7800 §3): `jkt` for DPoP (RFC 9449 §6.1), the whole key for HTTP
 * signatures, where a thumbprint alone would give a verifier nothing to verify with. Null where nothing is proved.
 */
export function tokenConfirmation(
  proof: ApiToken["proof"],
  instanceKey: string,
): NonNullable<MintInput["confirmation"]> | null {
  if (proof === "none") return null;
  const point = decodeBase64url(instanceKey, 65);
  if (point === null) throw new TypeError("a known instance has no valid key");
  return proof === "dpop" ? { jkt: thumbprintOf(sha256, point) } : { jwk: toJwk(point) };
}
