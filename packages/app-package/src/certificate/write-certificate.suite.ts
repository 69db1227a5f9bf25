import { commonName, nameDer } from "../../../asn1/src/made/certificate.suite.ts";
import * as der from "../../../asn1/src/made/der-writer.suite.ts";

export interface CertificateParts {
  readonly spki: Uint8Array;
  readonly serial?: Uint8Array;
  readonly issuer?: Uint8Array;
  readonly subject?: Uint8Array;
  /** Whole extensions. */
  readonly extensions?: readonly Uint8Array[];
}

export const extension = (oid: string, value: Uint8Array, critical = false): Uint8Array =>
  der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octets(value));

const algorithm = der.sequence(der.oid("1.2.840.10045.4.3.2"));
const validity = der.sequence(der.time(0), der.time(0));
const anyone = nameDer(commonName("anyone"));

/** A certificate of these parts whose signature is none: nobody asks for it. `sequence` writes every SEQUENCE but those in the parts. */
export function writeCertificate(parts: CertificateParts, sequence: typeof der.sequence = der.sequence): Uint8Array {
  const { issuer = anyone, subject = issuer, serial = der.integer(7), extensions = [] } = parts;
  const optional = extensions.length > 0 ? [der.explicit(3, sequence(...extensions))] : [];
  const fields = [
    der.explicit(0, der.integer(2)),
    serial,
    algorithm,
    issuer,
    validity,
    subject,
    parts.spki,
    ...optional,
  ];
  return sequence(sequence(...fields), algorithm, der.bits(Buffer.from("no signature")));
}
