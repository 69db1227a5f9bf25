import type { SigningKey } from "../keys/signing-key.ts";
import { mintCertificate } from "../x509/certificate.ts";
import { extension, keyUsages } from "../x509/extensions.ts";
import { distinguishedName } from "../x509/name.ts";
import { type KeyDescriptionFields, keyDescription } from "./key-description.ts";

/** The name every keystore key bears. */
export const keystoreKeyName = distinguishedName(["CN", "Android Keystore Key", "printable"]);

/** The certificate of a keystore key, with its description. Dates are the keystore's: 1970 to 2048. */
export function mintAttestedLeaf(
  spki: Uint8Array,
  description: KeyDescriptionFields,
  issuer: { readonly name: Uint8Array; readonly key: SigningKey },
): Uint8Array {
  return mintCertificate({
    serial: Uint8Array.of(1),
    issuer: issuer.name,
    subject: keystoreKeyName,
    notBeforeMs: 0,
    notAfterMs: Date.UTC(2048, 0, 1),
    spki,
    extensions: [keyUsages.digitalSignature, extension("1.3.6.1.4.1.11129.2.1.17", keyDescription(description))],
    signer: issuer.key,
    hash: "sha256",
  });
}
