import { hex, sha256 } from "../encoding/bytes.ts";
import { explicit, octets, sequence } from "../encoding/der-writer.ts";
import type { ByteSource } from "../keys/byte-source.ts";
import { createEcKey, type SigningKey } from "../keys/signing-key.ts";
import { mintCertificate, toPem } from "../x509/certificate.ts";
import {
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  extension,
  keyUsages,
  subjectKeyIdentifier,
} from "../x509/extensions.ts";
import { distinguishedName } from "../x509/name.ts";
import { fullSerial } from "../x509/serial.ts";
import { type IosRelease, keyAttributes, operatingSystem, platformPolicy } from "./leaf-extensions.ts";
import { createReceiptIssuer, type ReceiptIssuer } from "./receipt.ts";

const dayMs = 86_400_000;

export interface AppAttestLeafRequest {
  readonly key: SigningKey;
  readonly nonce: Uint8Array;
  readonly appId: string;
  readonly ios: IosRelease;
  readonly nowMs: number;
}

/** An App Attest authority under a test root: P-384 root and intermediate, leaves that live for three days. */
export interface AppleAuthority {
  readonly rootDer: Uint8Array;
  readonly rootPem: string;
  readonly intermediateDer: Uint8Array;
  readonly receipts: ReceiptIssuer;
  mintLeaf(request: AppAttestLeafRequest): Uint8Array;
}

export function createAppleAuthority(source: ByteSource, nowMs: number): AppleAuthority {
  const rootKey = createEcKey("P-384", source, "apple root");
  const intermediateKey = createEcKey("P-384", source, "apple intermediate");
  const rootName = appleName("Countersign Test App Attestation Root CA");
  const intermediateName = appleName("Countersign Test App Attestation CA 1");
  const rootDer = mintCertificate({
    serial: fullSerial(source("apple root serial", 16)),
    issuer: rootName,
    subject: rootName,
    notBeforeMs: nowMs - 730 * dayMs,
    notAfterMs: nowMs + 7300 * dayMs,
    spki: rootKey.spki,
    extensions: [basicConstraints(true), subjectKeyIdentifier(rootKey), keyUsages.certificateAndListSign],
    signer: rootKey,
    hash: "sha384",
  });
  const intermediateDer = mintCertificate({
    serial: fullSerial(source("apple intermediate serial", 16)),
    issuer: rootName,
    subject: intermediateName,
    notBeforeMs: nowMs - 730 * dayMs,
    notAfterMs: nowMs + 3650 * dayMs,
    spki: intermediateKey.spki,
    extensions: [
      basicConstraints(true, 0),
      authorityKeyIdentifier(rootKey),
      subjectKeyIdentifier(intermediateKey),
      keyUsages.certificateAndListSign,
    ],
    signer: rootKey,
    hash: "sha384",
  });
  return {
    rootDer,
    rootPem: toPem(rootDer),
    intermediateDer,
    receipts: createReceiptIssuer(source, nowMs),
    mintLeaf: (request) => mintLeaf(request, intermediateName, intermediateKey),
  };
}

function mintLeaf(request: AppAttestLeafRequest, issuer: Uint8Array, signer: SigningKey): Uint8Array {
  // Apple dates a leaf from the day before, and numbers it with the millisecond of its making.
  const notBeforeMs = request.nowMs - dayMs;
  const serial = new Uint8Array(Buffer.from(Math.floor(request.nowMs).toString(16).padStart(12, "0"), "hex"));
  const modern = request.ios === "27";
  return mintCertificate({
    serial,
    issuer,
    subject: distinguishedName(
      ["CN", hex(sha256(request.key.point)), "utf8"],
      ["OU", "AAA Certification", "utf8"],
      ["O", organization, "utf8"],
      ["ST", "California", "utf8"],
    ),
    notBeforeMs,
    notAfterMs: notBeforeMs + 3 * dayMs,
    spki: request.key.spki,
    extensions: [
      basicConstraints(false),
      keyUsages.everySignatureAndEncipherment,
      ...(modern ? [extendedKeyUsage("1.2.840.113635.100.4.24")] : []),
      extension("1.2.840.113635.100.8.5", keyAttributes(request.ios, request.appId)),
      extension("1.2.840.113635.100.8.7", operatingSystem(request.ios)),
      extension("1.2.840.113635.100.8.2", sequence(explicit(1, octets(request.nonce)))),
      ...(modern ? [extension("1.2.840.113635.100.8.6", platformPolicy())] : []),
    ],
    signer,
    hash: "sha256",
  });
}

const organization = "Countersign Test";

function appleName(commonName: string): Uint8Array {
  return distinguishedName(["CN", commonName, "utf8"], ["O", organization, "utf8"], ["ST", "California", "utf8"]);
}
