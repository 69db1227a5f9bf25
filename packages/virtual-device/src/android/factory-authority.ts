import { hex } from "../encoding/bytes.ts";
import type { ByteSource } from "../keys/byte-source.ts";
import { createRsaKey } from "../keys/rsa-key.ts";
import { createEcKey, type SigningKey } from "../keys/signing-key.ts";
import { mintCertificate } from "../x509/certificate.ts";
import { authorityKeyIdentifier, basicConstraints, keyUsages, subjectKeyIdentifier } from "../x509/extensions.ts";
import { distinguishedName } from "../x509/name.ts";
import { fullSerial } from "../x509/serial.ts";
import type { Batch, BatchRequest, ChainAuthority } from "./chain-authority.ts";

const dayMs = 86_400_000;

/** Signs the keys that are put into devices when they are made: RSA root, EC intermediate per security level, attestation certificate. */
export function createFactoryAuthority(
  source: ByteSource,
  nowMs: number,
  rootBits: 2048 | 4096,
  revokedSerial: Uint8Array,
): ChainAuthority {
  const rootKey = createRsaKey(rootBits, source, "google factory root");
  const rootName = distinguishedName(["serialNumber", hex(source("google factory root name", 8)), "printable"]);
  const rootDer = mintCertificate({
    serial: fullSerial(source("google factory root serial", 8)),
    issuer: rootName,
    subject: rootName,
    notBeforeMs: nowMs - 730 * dayMs,
    notAfterMs: nowMs + 7300 * dayMs,
    spki: rootKey.spki,
    extensions: factoryExtensions(rootKey, rootKey),
    signer: rootKey,
    hash: "sha256",
  });
  const provision = (request: BatchRequest): Batch => {
    const title = request.security === "strongbox" ? "StrongBox" : "TEE";
    const label = `google factory ${title}${request.revoked ? " revoked" : ""}`;
    const intermediateKey = createEcKey("P-384", source, label);
    const intermediateName = factoryName(title, source(`${label} name`, 16));
    const name = factoryName(title, request.serial);
    const intermediate = mintCertificate({
      serial: request.revoked ? revokedSerial : fullSerial(source(`${label} serial`, 16)),
      issuer: rootName,
      subject: intermediateName,
      notBeforeMs: nowMs - 700 * dayMs,
      notAfterMs: nowMs + 2950 * dayMs,
      spki: intermediateKey.spki,
      extensions: factoryExtensions(intermediateKey, rootKey),
      signer: rootKey,
      hash: "sha256",
    });
    const attestation = mintCertificate({
      serial: fullSerial(request.serial),
      issuer: intermediateName,
      subject: name,
      notBeforeMs: nowMs - 690 * dayMs,
      notAfterMs: nowMs + 2950 * dayMs,
      spki: request.key.spki,
      extensions: factoryExtensions(request.key, intermediateKey),
      signer: intermediateKey,
      hash: "sha256",
    });
    return { name, chain: [attestation, intermediate, rootDer] };
  };
  return { rootDer, provision };
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
