import { X509Certificate } from "node:crypto";
import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

const one = /^-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]{1,12288}\r?\n?-----END CERTIFICATE-----$/;

/** A certificate as it is stored: exactly one, its PEM rewritten from its DER. */
export interface CertificatePem {
  readonly pem: string;
  readonly isCertificateAuthority: boolean;
}

/** One X.509 certificate in PEM (RFC 7468 §5). Neither its signature nor its dates are looked at. */
export function parseCertificatePem(text: string): Ruled<CertificatePem> {
  const wrong = refused(
    "Give one certificate as PEM, from `-----BEGIN CERTIFICATE-----` to `-----END CERTIFICATE-----`.",
  );
  if (!one.test(text.trim())) return wrong;
  try {
    const certificate = new X509Certificate(text);
    return ruled({ pem: certificate.toString(), isCertificateAuthority: certificate.ca });
  } catch {
    return wrong;
  }
}
