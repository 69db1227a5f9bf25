import { concat, hex } from "../encoding/bytes.ts";
import { cborInteger, cborMap, cborText } from "../encoding/cbor-writer.ts";
import type { ByteSource } from "../keys/byte-source.ts";
import { createRsaKey } from "../keys/rsa-key.ts";
import { createEcKey, type SigningKey } from "../keys/signing-key.ts";
import { mintCertificate, toPem } from "../x509/certificate.ts";
import {
  authorityKeyIdentifier,
  basicConstraints,
  extension,
  keyUsages,
  revocationListAt,
  subjectKeyIdentifier,
} from "../x509/extensions.ts";
import { distinguishedName } from "../x509/name.ts";
import type { SecurityLevel } from "./key-description.ts";

const dayMs = 86_400_000;

export type Provisioning = "factory" | "remote";

export interface BatchRequest {
  readonly security: SecurityLevel;
  readonly provisioning: Provisioning;
  /** The device's attestation key, which will sign its leaves. */
  readonly key: SigningKey;
  /** 16 bytes that name the attestation key. */
  readonly serial: Uint8Array;
  /** Under the intermediate that the authority's status list revokes. */
  readonly revoked: boolean;
  readonly nowMs: number;
}

/** What signs a device's leaves: the name they bear as issuer, and the chain from the attestation certificate to the root. */
export interface Batch {
  readonly name: Uint8Array;
  readonly chain: readonly Uint8Array[];
}

/** Google-shaped attestation authorities under test roots: RSA for factory-provisioned keys, EC P-384 for remotely provisioned ones. */
export interface GoogleAuthority {
  readonly rootDer: Uint8Array;
  readonly rootPem: string;
  readonly factoryRootDer: Uint8Array;
  readonly factoryRootPem: string;
  /** Lower-case hex without leading zeros: the serial of the intermediates of the revoked batch. */
  readonly revokedSerial: string;
  provision(request: BatchRequest): Batch;
}

export function createGoogleAuthority(
  source: ByteSource,
  nowMs: number,
  factoryRootBits: 2048 | 4096,
): GoogleAuthority {
  const rootKey = createEcKey("P-384", source, "google root");
  const factoryRootKey = createRsaKey(factoryRootBits, source, "google factory root");
  const revokedSerial = full(source("google revoked serial", 16));
  const rootName = distinguishedName(
    ["CN", "Countersign Test CA1", "utf8"],
    ["OU", "Android", "utf8"],
    ["O", "Test Only", "utf8"],
    ["C", "US", "printable"],
  );
  const factoryRootName = distinguishedName(["serialNumber", hex(source("google factory root name", 8)), "printable"]);
  const rootDates = { notBeforeMs: nowMs - 730 * dayMs, notAfterMs: nowMs + 7300 * dayMs };
  const rootDer = mintCertificate({
    ...rootDates,
    serial: full(source("google root serial", 16)),
    issuer: rootName,
    subject: rootName,
    spki: rootKey.spki,
    extensions: [basicConstraints(true), keyUsages.certificateAndListSign, subjectKeyIdentifier(rootKey)],
    signer: rootKey,
    hash: "sha384",
  });
  const factoryRootDer = mintCertificate({
    ...rootDates,
    serial: full(source("google factory root serial", 8)),
    issuer: factoryRootName,
    subject: factoryRootName,
    spki: factoryRootKey.spki,
    extensions: factoryExtensions(factoryRootKey, factoryRootKey),
    signer: factoryRootKey,
    hash: "sha256",
  });

  const provisionInFactory = (request: BatchRequest): Batch => {
    const title = request.security === "strongbox" ? "StrongBox" : "TEE";
    const label = `google factory ${title}${request.revoked ? " revoked" : ""}`;
    const intermediateKey = createEcKey("P-384", source, label);
    const intermediateName = factoryName(title, source(`${label} name`, 16));
    const name = factoryName(title, request.serial);
    const intermediate = mintCertificate({
      serial: request.revoked ? revokedSerial : full(source(`${label} serial`, 16)),
      issuer: factoryRootName,
      subject: intermediateName,
      notBeforeMs: nowMs - 700 * dayMs,
      notAfterMs: nowMs + 2950 * dayMs,
      spki: intermediateKey.spki,
      extensions: factoryExtensions(intermediateKey, factoryRootKey),
      signer: factoryRootKey,
      hash: "sha256",
    });
    const attestation = mintCertificate({
      serial: full(request.serial),
      issuer: intermediateName,
      subject: name,
      notBeforeMs: nowMs - 690 * dayMs,
      notAfterMs: nowMs + 2950 * dayMs,
      spki: request.key.spki,
      extensions: factoryExtensions(request.key, intermediateKey),
      signer: intermediateKey,
      hash: "sha256",
    });
    return { name, chain: [attestation, intermediate, factoryRootDer] };
  };

  const provisionRemotely = (request: BatchRequest): Batch => {
    const label = `google remote${request.revoked ? " revoked" : ""}`;
    const authorityKey = createEcKey("P-384", source, `${label} CA2`);
    const serverKey = createEcKey("P-256", source, `${label} CA3`);
    const authorityName = remoteName("Google LLC", "Droid CA2");
    const serverName = remoteName("Google LLC", "Droid CA3");
    const name = remoteName(request.security === "strongbox" ? "StrongBox" : "TEE", hex(request.serial));
    const authority = mintCertificate({
      serial: request.revoked ? revokedSerial : full(source(`${label} CA2 serial`, 16)),
      issuer: rootName,
      subject: authorityName,
      notBeforeMs: nowMs - 200 * dayMs,
      notAfterMs: nowMs + 3650 * dayMs,
      spki: authorityKey.spki,
      extensions: [
        revocationListAt("https://attestation.test.invalid/key_ca1.crl"),
        subjectKeyIdentifier(authorityKey),
        keyUsages.certificateAndListSign,
        basicConstraints(true),
        authorityKeyIdentifier(rootKey),
      ],
      signer: rootKey,
      hash: "sha384",
    });
    // The lower two live for weeks; a device fetches new ones in time, so they are made for the day of the request.
    const server = mintCertificate({
      serial: concat(Uint8Array.of(0x30), source(`${label} CA3 serial`, 18)),
      issuer: authorityName,
      subject: serverName,
      notBeforeMs: request.nowMs - 9 * dayMs,
      notAfterMs: request.nowMs + 61 * dayMs,
      spki: serverKey.spki,
      extensions: [
        keyUsages.certificateSign,
        basicConstraints(true),
        subjectKeyIdentifier(serverKey),
        authorityKeyIdentifier(authorityKey),
      ],
      signer: authorityKey,
      hash: "sha384",
    });
    const attestation = mintCertificate({
      serial: full(request.serial),
      issuer: serverName,
      subject: name,
      notBeforeMs: request.nowMs - 2 * dayMs,
      notAfterMs: request.nowMs + 12 * dayMs,
      spki: request.key.spki,
      extensions: [
        subjectKeyIdentifier(request.key),
        authorityKeyIdentifier(serverKey),
        basicConstraints(true),
        keyUsages.certificateSign,
        extension("1.3.6.1.4.1.11129.2.1.30", provisioningInformation()),
      ],
      signer: serverKey,
      hash: "sha256",
    });
    return { name, chain: [attestation, server, authority, rootDer] };
  };

  return {
    rootDer,
    rootPem: toPem(rootDer),
    factoryRootDer,
    factoryRootPem: toPem(factoryRootDer),
    revokedSerial: BigInt(`0x${hex(revokedSerial)}`).toString(16),
    provision: (request) =>
      request.provisioning === "factory" ? provisionInFactory(request) : provisionRemotely(request),
  };
}

function factoryExtensions(subject: SigningKey, issuer: SigningKey): readonly Uint8Array[] {
  return [
    subjectKeyIdentifier(subject),
    authorityKeyIdentifier(issuer),
    basicConstraints(true),
    keyUsages.certificateSign,
  ];
}

function factoryName(title: string, serial: Uint8Array): Uint8Array {
  return distinguishedName(["title", title, "utf8"], ["serialNumber", hex(serial), "printable"]);
}

function remoteName(organization: string, commonName: string): Uint8Array {
  return distinguishedName(["O", organization, "printable"], ["CN", commonName, "printable"]);
}

/** `{1: certificates issued to this device in the last 30 days, 3: manufacturer}`. */
function provisioningInformation(): Uint8Array {
  return cborMap([cborInteger(1), cborInteger(32)], [cborInteger(3), cborText("Google")]);
}

/** The serial with its first byte neither zero nor negative, so that it is written at full length. */
function full(serial: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(((serial[0] ?? 0) & 0x3f) | 0x40), serial.subarray(1));
}
