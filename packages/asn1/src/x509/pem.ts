import { fromBase64 } from "../bytes.ts";

const block = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\s]+?)-----END \1-----/g;

/**
 * The certificates of a PEM text (RFC 7468) in their order, as DER. Text around the blocks is passed over, as it usually is.
 * Null where a block is cut off, is not base64, or is something else than a certificate.
 */
export function parsePemCertificates(text: string): readonly Uint8Array[] | null {
  const ders: Uint8Array[] = [];
  for (const [, label, body] of text.matchAll(block)) {
    const der = label === "CERTIFICATE" ? fromBase64((body ?? "").replaceAll(/\s/g, "")) : null;
    if (der === null) return null;
    ders.push(der);
  }
  return ders.length === text.split("-----BEGIN ").length - 1 ? ders : null;
}
