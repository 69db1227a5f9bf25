import { derSequence, parseDer, toOid } from "@countersign/asn1";

/** Algorithms of keys that Android attests, by their SubjectPublicKeyInfo (RFC 5480, RFC 3279, RFC 8410, RFC 9881). */
const names: ReadonlyMap<string, string> = new Map([
  ["1.2.840.10045.2.1", "EC"],
  ["1.2.840.113549.1.1.1", "RSA"],
  ["1.3.101.110", "X25519"],
  ["1.3.101.112", "Ed25519"],
  ["2.16.840.1.101.3.4.3.17", "ML-DSA-44"],
  ["2.16.840.1.101.3.4.3.18", "ML-DSA-65"],
  ["2.16.840.1.101.3.4.3.19", "ML-DSA-87"],
]);

/** What kind of key a SubjectPublicKeyInfo holds, for people; also of keys that nothing here could load. */
export function keyName(spki: Uint8Array): string {
  const algorithm = derSequence(derSequence(parseDer(spki))?.[0]);
  const name = names.get(toOid(algorithm?.[0]) ?? "");
  return name === undefined ? "another key" : `${name} key`;
}
