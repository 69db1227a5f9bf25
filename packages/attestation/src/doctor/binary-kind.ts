/** What bare bytes are, by how they begin. */
export type BinaryKind = "attestation" | "assertion" | "receipt" | "certificate";

/**
 * The kind of evidence whose outermost structure these bytes begin: a CBOR map of three members is an attestation and one of two an assertion
 * (the documented forms); a DER or BER SEQUENCE that begins with an object identifier is PKCS #7 (a receipt), one that begins with a
 * SEQUENCE a certificate. Null for all else. Whether the rest is as it must be is the verifier's to say.
 */
export function binaryKind(bytes: Uint8Array): BinaryKind | null {
  const [first, length = 0] = bytes;
  if (first === 0xa3) return "attestation";
  if (first === 0xa2) return "assertion";
  if (first !== 0x30) return null;
  const lengthOctets = length > 0x80 ? length - 0x80 : 0;
  const content = lengthOctets > 4 ? undefined : bytes[2 + lengthOctets];
  if (content === 0x06) return "receipt";
  return content === 0x30 ? "certificate" : null;
}
