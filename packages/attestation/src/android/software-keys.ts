import { sha256, toHex } from "@countersign/asn1";
import type { TrustAnchor } from "../trust-anchor.ts";

/**
 * SHA-256 of the SubjectPublicKeyInfo of keys whose private halves stand in AOSP's sources (software attestation, emulators):
 * both roots and the intermediate below each. Anyone can sign with them, so nobody can make them an anchor.
 */
const publishedKeys: ReadonlySet<string> = new Set([
  "d5100c7942ef2e8310dc30ef82729680cf48d690735c3f68179a33c7c370f286", // Android Keystore Software Attestation Root, EC
  "f7d20ab04f01da6cbb6d1e3d9d00cd28495cb6f9a27ec85cf3e3e872d7c35878", // Android Keystore Software Attestation Intermediate
  "f2c4746f545946c100e72297f8f946344d7052f03a2f694221f9c893b0e6f711", // Android, RSA root
  "9f09e6e690f8d0474b5b7096ea7da9e3d316d889649443c2d8bf5c831f0f6b69", // Android Software Attestation Key
]);

/** True where the anchor's private key is public knowledge. */
export function isPublishedKey(anchor: TrustAnchor): boolean {
  return publishedKeys.has(toHex(sha256(anchor.spki)));
}
