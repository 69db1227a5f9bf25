import { commonName, nameDer } from "../../../asn1/src/made/certificate.suite.ts";
import * as der from "../../../asn1/src/made/der-writer.suite.ts";

export interface CertificateParts {
  readonly spki: Uint8Array;
  readonly serial?: Uint8Array;
  readonly issuer?: Uint8Array;
  readonly subject?: Uint8Array;
  /** 0 to 2 for v1 to v3; null for none written. */
  readonly version?: number | null;
  readonly validity?: Uint8Array;
  readonly outerAlgorithm?: Uint8Array;
  /** Fields after the extensions. */
  readonly more?: readonly Uint8Array[];
  /** Whole extensions. */
  readonly extensions?: readonly Uint8Array[];
}

export const extension = (oid: string, value: Uint8Array, critical = false): Uint8Array =>
  der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octets(value));

const algorithm = der.sequence(der.oid("1.2.840.10045.4.3.2"));
const epoch = der.sequence(der.time(0), der.time(0));
const anyone = nameDer(commonName("anyone"));

/** A certificate of these parts whose signature is none: nobody asks for it. `sequence` writes every SEQUENCE but those in the parts. */
export function writeCertificate(parts: CertificateParts, sequence: typeof der.sequence = der.sequence): Uint8Array {
  const { issuer = anyone, subject = issuer, serial = der.integer(7), validity = epoch, extensions = [] } = parts;
  const { version = 2, outerAlgorithm = algorithm, more = [] } = parts;
  const optional = extensions.length > 0 ? [der.explicit(3, sequence(...extensions))] : [];
  const versions = version === null ? [] : [der.explicit(0, der.integer(version))];
  const fields = [...versions, serial, algorithm, issuer, validity, subject, parts.spki, ...optional, ...more];
  return sequence(sequence(...fields), outerAlgorithm, der.bits(Buffer.from("no signature")));
}
