import { concat, hex } from "../encoding/bytes.ts";
import { cborInteger, cborMap, cborText } from "../encoding/cbor-writer.ts";
import type { ByteSource } from "../keys/byte-source.ts";
import { createEcKey, type SigningKey } from "../keys/signing-key.ts";
import { mintCertificate } from "../x509/certificate.ts";
import {
  authorityKeyIdentifier,
  basicConstraints,
  extension,
  keyUsages,
  revocationListAt,
  subjectKeyIdentifier,
} from "../x509/extensions.ts";
import { distinguishedName } from "../x509/name.ts";
import { fullSerial } from "../x509/serial.ts";
import type { Batch, BatchRequest, ChainAuthority } from "./chain-authority.ts";

const dayMs = 86_400_000;

interface Issuer {
  readonly key: SigningKey;
  readonly name: Uint8Array;
}

/** Signs keys that devices fetch certificates for over the air: EC P-384 root, `Droid CA2`, `Droid CA3`, attestation certificate. */
export function createRemoteAuthority(source: ByteSource, nowMs: number, revokedSerial: Uint8Array): ChainAuthority {
  const root: Issuer = {
    key: createEcKey("P-384", source, "google root"),
    name: distinguishedName(
      ["CN", "Countersign Test CA1", "utf8"],
      ["OU", "Android", "utf8"],
      ["O", "Test Only", "utf8"],
      ["C", "US", "printable"],
    ),
  };
  const rootDer = mintCertificate({
    serial: fullSerial(source("google root serial", 16)),
    issuer: root.name,
    subject: root.name,
    notBeforeMs: nowMs - 730 * dayMs,
    notAfterMs: nowMs + 7300 * dayMs,
    spki: root.key.spki,
    extensions: [basicConstraints(true), keyUsages.certificateAndListSign, subjectKeyIdentifier(root.key)],
    signer: root.key,
    hash: "sha384",
  });
  const provision = (request: BatchRequest): Batch => {
    const label = `google remote${request.revoked ? " revoked" : ""}`;
    const authority: Issuer = {
      key: createEcKey("P-384", source, `${label} CA2`),
      name: remoteName("Google LLC", "Droid CA2"),
    };
    const server: Issuer = {
      key: createEcKey("P-256", source, `${label} CA3`),
      name: remoteName("Google LLC", "Droid CA3"),
    };
    const name = remoteName(request.security === "strongbox" ? "StrongBox" : "TEE", hex(request.serial));
    const serial = request.revoked ? revokedSerial : fullSerial(source(`${label} CA2 serial`, 16));
    const chain = [
      mintAttestation(request, name, server),
      mintServer(concat(Uint8Array.of(0x30), source(`${label} CA3 serial`, 18)), request.nowMs, server, authority),
      mintAuthority(serial, nowMs, authority, root),
      rootDer,
    ];
    return { name, chain };
  };
  return { rootDer, provision };
}

function mintAuthority(serial: Uint8Array, nowMs: number, subject: Issuer, root: Issuer): Uint8Array {
  return mintCertificate({
    serial,
    issuer: root.name,
    subject: subject.name,
    notBeforeMs: nowMs - 200 * dayMs,
    notAfterMs: nowMs + 3650 * dayMs,
    spki: subject.key.spki,
    extensions: [
      revocationListAt("https://attestation.test.invalid/key_ca1.crl"),
      subjectKeyIdentifier(subject.key),
      keyUsages.certificateAndListSign,
      basicConstraints(true),
      authorityKeyIdentifier(root.key),
    ],
    signer: root.key,
    hash: "sha384",
  });
}

/** Lives for weeks; a device fetches a new one in time, so it is dated around the day of the request. */
function mintServer(serial: Uint8Array, nowMs: number, subject: Issuer, authority: Issuer): Uint8Array {
  return mintCertificate({
    serial,
    issuer: authority.name,
    subject: subject.name,
    notBeforeMs: nowMs - 9 * dayMs,
    notAfterMs: nowMs + 61 * dayMs,
    spki: subject.key.spki,
    extensions: [
      keyUsages.certificateSign,
      basicConstraints(true),
      subjectKeyIdentifier(subject.key),
      authorityKeyIdentifier(authority.key),
    ],
    signer: authority.key,
    hash: "sha384",
  });
}

/** Lives for two weeks, likewise dated around the day of the request. */
function mintAttestation(request: BatchRequest, subject: Uint8Array, server: Issuer): Uint8Array {
  return mintCertificate({
    serial: fullSerial(request.serial),
    issuer: server.name,
    subject,
    notBeforeMs: request.nowMs - 2 * dayMs,
    notAfterMs: request.nowMs + 12 * dayMs,
    spki: request.key.spki,
    extensions: [
      subjectKeyIdentifier(request.key),
      authorityKeyIdentifier(server.key),
      basicConstraints(true),
      keyUsages.certificateSign,
      extension("1.3.6.1.4.1.11129.2.1.30", provisioningInformation()),
    ],
    signer: server.key,
    hash: "sha256",
  });
}

function remoteName(organization: string, commonName: string): Uint8Array {
  return distinguishedName(["O", organization, "printable"], ["CN", commonName, "printable"]);
}

/** `{1: certificates issued to this device in the last 30 days, 3: manufacturer}`. */
function provisioningInformation(): Uint8Array {
  return cborMap([cborInteger(1), cborInteger(32)], [cborInteger(3), cborText("Google")]);
}
