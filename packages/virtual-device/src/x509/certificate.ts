import { concat } from "../encoding/bytes.ts";
import { bits, explicit, integer, nothing, objectIdentifier, sequence, time } from "../encoding/der-writer.ts";
import { type SigningKey, signDer } from "../keys/signing-key.ts";

export interface CertificateFields {
  /** Unsigned big-endian, at most 20 bytes. */
  readonly serial: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** In the order they shall stand. */
  readonly extensions: readonly Uint8Array[];
  readonly signer: SigningKey;
  readonly hash: "sha256" | "sha384";
}

/** An X.509 version 3 certificate in DER (RFC 5280 §4.1). */
export function mintCertificate(fields: CertificateFields): Uint8Array {
  const algorithm = signatureAlgorithm(fields.signer, fields.hash);
  const signed = sequence(
    explicit(0, integer(2)),
    integer(fields.serial),
    algorithm,
    fields.issuer,
    sequence(time(fields.notBeforeMs), time(fields.notAfterMs)),
    fields.subject,
    fields.spki,
    explicit(3, sequence(...fields.extensions)),
  );
  return sequence(concat(signed, algorithm, bits(signDer(fields.signer, fields.hash, signed))));
}

function signatureAlgorithm(signer: SigningKey, hash: "sha256" | "sha384"): Uint8Array {
  if (signer.kind === "ec") {
    return sequence(objectIdentifier(hash === "sha256" ? "1.2.840.10045.4.3.2" : "1.2.840.10045.4.3.3"));
  }
  return sequence(objectIdentifier(hash === "sha256" ? "1.2.840.113549.1.1.11" : "1.2.840.113549.1.1.12"), nothing());
}

/** RFC 7468 text of a DER certificate. */
export function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
