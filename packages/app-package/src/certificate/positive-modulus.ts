import { derTag, toBits, toOid } from "@countersign/asn1";
import { berSequenceOf, derOf, readBerElement } from "./ber-element.ts";

const rsaEncryption = "1.2.840.113549.1.1.1";

/**
 * A SubjectPublicKeyInfo in DER with the modulus of an RSA key as a positive number. Some tools wrote the modulus without the zero byte
 * that keeps its first bit from being a sign; Android reads such a certificate as if it were there (apksig, `encodePublicKey`).
 * Every other key comes back as it is.
 */
export function withPositiveModulus(spki: Uint8Array): Uint8Array {
  const [algorithm, key] = berSequenceOf(readBerElement(spki)) ?? [];
  const bits = toBits(key);
  if (bits === null || algorithm === undefined || toOid(berSequenceOf(algorithm)?.[0]) !== rsaEncryption) return spki;
  const [modulus, exponent] = berSequenceOf(readBerElement(bits)) ?? [];
  if (!modulus || !exponent || modulus.tagNumber !== derTag.integer || (modulus.value[0] ?? 0) < 0x80) return spki;
  const positive = derOf(0x02, Buffer.concat([Buffer.of(0), modulus.value]));
  const rsaKey = derOf(0x30, Buffer.concat([positive, derOf(0x02, exponent.value)]));
  const bitString = derOf(0x03, Buffer.concat([Buffer.of(0), rsaKey]));
  return derOf(0x30, Buffer.concat([algorithm.raw, bitString]));
}
