import type { Manifest } from "@countersign/protocol";
import type { BrokerRequest } from "./ports.ts";

const sha256Digest = /^sha-256=:([A-Za-z0-9+/]{43}=):$/;

/** A body's declared length; null where it comes in chunks. Undefined where there is none. */
export function declaredLength({ headers }: Pick<BrokerRequest, "headers">): number | null | undefined {
  if (headers["transfer-encoding"] !== undefined) return null;
  const declared = headers["content-length"];
  return declared === undefined ? undefined : Number(declared);
}

/** Lower-case hex of a digest of the one form that this service writes; null of any other. */
export function sha256OfDigest(digest: string | null): string | null {
  const base64 = digest === null ? null : sha256Digest.exec(digest)?.[1];
  return base64 === null || base64 === undefined ? null : Buffer.from(base64, "base64").toString("hex");
}

const filledTypes = /application\/(?:json|x-www-form-urlencoded)/i;

/** Whether a place of this API may stand in a body of this type. */
function hasPlaces(manifest: Manifest, { api, method, headers }: BrokerRequest): boolean {
  if (!filledTypes.test(headers["content-type"] ?? "")) return false;
  const places = manifest.secrets.flatMap((secret) => secret.places);
  return places.some(
    (place) => place.api === api && place.methods.includes(method) && (place.in === "form" || place.in === "json"),
  );
}

/** Whether a body is longer than what is held for every call, its digest is known beforehand, and no place is in it. */
export function mayBeStreamed(
  request: BrokerRequest,
  {
    digest,
    manifest,
    heldBytes,
  }: { readonly digest: string | null; readonly manifest: Manifest; readonly heldBytes: number },
): boolean {
  const length = declaredLength(request);
  if (length === undefined || (length !== null && length <= heldBytes)) return false;
  return sha256OfDigest(digest) !== null && !hasPlaces(manifest, request);
}
