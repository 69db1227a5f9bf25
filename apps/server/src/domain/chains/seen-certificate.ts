import { createHash, X509Certificate } from "node:crypto";
import type { SeenCertificate } from "../ports/index.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64url");

/** A name is the host's own word: no more than this of it is kept. */
const longestName = 200;

/** The common name, else the whole name on one line. */
function nameOf(name: string | undefined): string {
  const lines = (name ?? "").split("\n");
  const told = lines.findLast((line) => line.startsWith("CN="))?.slice(3) ?? lines.join(", ");
  return told.slice(0, longestName);
}

/** What is told of a certificate, from PEM or DER. Throws where it is none, or has no dates. */
export function seenCertificate(source: string | Uint8Array): SeenCertificate {
  const certificate = new X509Certificate(source);
  if (Number.isNaN(certificate.validFromDate.getTime() + certificate.validToDate.getTime())) {
    throw new TypeError("a certificate without dates");
  }
  return {
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
    pin: sha256(certificate.publicKey.export({ format: "der", type: "spki" })),
    sha256: sha256(certificate.raw),
  };
}
