import { concat, fromHex, utf8 } from "../encoding/bytes.ts";
import { integer, nothing, objectIdentifier, octets, sequence, setInOrder, setOf } from "../encoding/der-writer.ts";
import type { ByteSource } from "../keys/byte-source.ts";
import { createEcKey, type SigningKey, signDer } from "../keys/signing-key.ts";
import { mintCertificate, toPem } from "../x509/certificate.ts";
import {
  authorityKeyIdentifier,
  basicConstraints,
  extension,
  keyUsages,
  subjectKeyIdentifier,
} from "../x509/extensions.ts";
import { distinguishedName } from "../x509/name.ts";

const dayMs = 86_400_000;

export interface ReceiptRequest {
  readonly appId: string;
  /** The attested leaf certificate, DER. */
  readonly leaf: Uint8Array;
  readonly clientDataHash: Uint8Array;
  readonly environment: "production" | "development";
  readonly token: Uint8Array;
  readonly nowMs: number;
  /** Set in what Apple's server gives for an earlier receipt. */
  readonly renewal?: { readonly riskMetric: number; readonly notBeforeMs: number };
}

/** Signs App Attest receipts under a test root of its own, as Apple does. */
export interface ReceiptIssuer {
  readonly rootPem: string;
  issue(request: ReceiptRequest): Uint8Array;
}

export function createReceiptIssuer(source: ByteSource, nowMs: number): ReceiptIssuer {
  const rootKey = createEcKey("P-384", source, "receipt root");
  const integrationKey = createEcKey("P-256", source, "receipt integration");
  const signerKey = createEcKey("P-256", source, "receipt signer");
  const rootName = receiptName("Countersign Test Root CA");
  const integrationName = receiptName("Countersign Test Application Integration CA");
  const signerSerial = concat(Uint8Array.of(0x4d), source("receipt signer serial", 15));
  const dates = { notBeforeMs: nowMs - 365 * dayMs, notAfterMs: nowMs + 3650 * dayMs };
  const root = mintCertificate({
    ...dates,
    serial: concat(Uint8Array.of(0x4d), source("receipt root serial", 7)),
    issuer: rootName,
    subject: rootName,
    spki: rootKey.spki,
    extensions: [subjectKeyIdentifier(rootKey), basicConstraints(true), keyUsages.certificateAndListSign],
    signer: rootKey,
    hash: "sha384",
  });
  const integration = mintCertificate({
    ...dates,
    serial: concat(Uint8Array.of(0x4d), source("receipt integration serial", 15)),
    issuer: rootName,
    subject: integrationName,
    spki: integrationKey.spki,
    extensions: [
      basicConstraints(true),
      authorityKeyIdentifier(rootKey),
      subjectKeyIdentifier(integrationKey),
      keyUsages.certificateAndListSign,
      extension("1.2.840.113635.100.6.2.3", nothing()),
    ],
    signer: rootKey,
    hash: "sha384",
  });
  const signer = mintCertificate({
    ...dates,
    serial: signerSerial,
    issuer: integrationName,
    subject: receiptName("Countersign Test Attestation Receipt Signing"),
    spki: signerKey.spki,
    extensions: [
      basicConstraints(false),
      authorityKeyIdentifier(integrationKey),
      subjectKeyIdentifier(signerKey),
      keyUsages.digitalSignature,
      extension("1.2.840.113635.100.12.15", nothing()),
    ],
    signer: integrationKey,
    hash: "sha256",
  });
  return {
    rootPem: toPem(root),
    issue: (request) =>
      signedData(receiptPayload(request), [signer, integration, root], integrationName, signerSerial, signerKey),
  };
}

/** The receipt's fields: SET OF SEQUENCE { type, version, value }. */
function receiptPayload(request: ReceiptRequest): Uint8Array {
  const field = (type: number, value: Uint8Array): Uint8Array => sequence(integer(type), integer(1), octets(value));
  const made = new Date(request.nowMs).toISOString();
  const expires = new Date(request.nowMs + 90 * dayMs).toISOString();
  const { renewal } = request;
  return setInOrder(
    ...(renewal === undefined ? [] : [field(17, utf8(String(renewal.riskMetric)))]),
    field(2, utf8(request.appId)),
    field(3, request.leaf),
    field(4, request.clientDataHash),
    field(5, utf8(Buffer.from(request.token).toString("base64"))),
    field(6, utf8(renewal === undefined ? "ATTEST" : "RECEIPT")),
    field(7, utf8(request.environment === "production" ? "production" : "sandbox")),
    field(12, utf8(made)),
    ...(renewal === undefined ? [] : [field(19, utf8(new Date(renewal.notBeforeMs).toISOString()))]),
    field(21, utf8(expires)),
  );
}

/** CMS SignedData (RFC 5652 §5.1) in BER with indefinite lengths and a chunked content, without signed attributes. */
function signedData(
  payload: Uint8Array,
  certificates: readonly Uint8Array[],
  issuer: Uint8Array,
  serial: Uint8Array,
  key: SigningKey,
): Uint8Array {
  const sha256Algorithm = sequence(objectIdentifier("2.16.840.1.101.3.4.2.1"), nothing());
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += 1000) chunks.push(octets(payload.subarray(at, at + 1000)));
  const content = indefinite(
    "30",
    objectIdentifier("1.2.840.113549.1.7.1"),
    indefinite("a0", indefinite("24", ...chunks)),
  );
  const signer = sequence(
    integer(1),
    sequence(issuer, integer(serial)),
    sha256Algorithm,
    sequence(objectIdentifier("1.2.840.10045.4.3.2")),
    octets(signDer(key, "sha256", payload)),
  );
  const body = indefinite(
    "30",
    integer(1),
    setOf(sha256Algorithm),
    content,
    indefinite("a0", ...certificates),
    setOf(signer),
  );
  return indefinite("30", objectIdentifier("1.2.840.113549.1.7.2"), indefinite("a0", body));
}

function indefinite(tag: string, ...content: readonly Uint8Array[]): Uint8Array {
  return concat(fromHex(tag), Uint8Array.of(0x80), ...content, Uint8Array.of(0, 0));
}

function receiptName(commonName: string): Uint8Array {
  return distinguishedName(["CN", commonName, "utf8"], ["O", "Countersign Test", "utf8"], ["C", "US", "printable"]);
}
