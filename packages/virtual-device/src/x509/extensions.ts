import { sha1, utf8 } from "../encoding/bytes.ts";
import {
  bits,
  boolean,
  implicit,
  implicitConstructed,
  integer,
  objectIdentifier,
  octets,
  sequence,
} from "../encoding/der-writer.ts";
import type { SigningKey } from "../keys/signing-key.ts";

/** One X.509 extension in DER; `value` is the extension's own DER (or, for some vendors, other bytes). */
export function extension(oid: string, value: Uint8Array, critical = false): Uint8Array {
  return sequence(objectIdentifier(oid), ...(critical ? [boolean(true)] : []), octets(value));
}

/** RFC 5280 §4.2.1.9. An end entity says so with an empty sequence. */
export function basicConstraints(authority: boolean, pathLength?: number): Uint8Array {
  const content = authority ? [boolean(true)] : [];
  if (pathLength !== undefined) content.push(integer(pathLength));
  return extension("2.5.29.19", sequence(...content), true);
}

/** RFC 5280 §4.2.1.3, each as vendors write it. */
export const keyUsages = {
  digitalSignature: extension("2.5.29.15", bits(Uint8Array.of(0x80), 7), true),
  certificateSign: extension("2.5.29.15", bits(Uint8Array.of(0x04), 2), true),
  certificateAndListSign: extension("2.5.29.15", bits(Uint8Array.of(0x06), 1), true),
  everySignatureAndEncipherment: extension("2.5.29.15", bits(Uint8Array.of(0xf0), 4), true),
} as const;

/** SHA-1 of the key's bits, RFC 5280 §4.2.1.2 method 1. */
function keyIdentifier(key: SigningKey): Uint8Array {
  // The bits of an EC key are its point. RSA keys are told apart well enough by their whole SPKI.
  return sha1(key.kind === "ec" ? key.point : key.spki);
}

export function subjectKeyIdentifier(key: SigningKey): Uint8Array {
  return extension("2.5.29.14", octets(keyIdentifier(key)));
}

export function authorityKeyIdentifier(key: SigningKey): Uint8Array {
  return extension("2.5.29.35", sequence(implicit(0, keyIdentifier(key))));
}

export function extendedKeyUsage(oid: string): Uint8Array {
  return extension("2.5.29.37", sequence(objectIdentifier(oid)));
}

/** One distribution point with one address, RFC 5280 §4.2.1.13. */
export function revocationListAt(address: string): Uint8Array {
  const name = implicitConstructed(0, implicitConstructed(0, implicit(6, utf8(address))));
  return extension("2.5.29.31", sequence(sequence(name)));
}
