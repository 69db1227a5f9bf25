import { trustAnchorFromPem } from "@countersign/attestation";
import { parseCertificatePem } from "./certificate-pem.ts";
import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

/** A test anchor as it is stored and shown. */
export interface AnchorPem {
  readonly pem: string;
  /** Lower-case hex SHA-256 of the SubjectPublicKeyInfo. */
  readonly spkiSha256: string;
}

/** A PEM certificate that the verifier itself can take as an anchor: what is stored here is loaded for every device of the project. */
export function parseAnchorPem(text: string): Ruled<AnchorPem> {
  const certificate = parseCertificatePem(text);
  if (!certificate.ok) return certificate;
  const { pem } = certificate.value;
  try {
    return ruled({ pem, spkiSha256: trustAnchorFromPem(pem).spkiSha256 });
  } catch {
    return refused("This certificate cannot be an anchor: it needs an RSA key, or an EC key on P-256 or P-384.");
  }
}
