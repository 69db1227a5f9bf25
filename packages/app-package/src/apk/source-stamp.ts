import { bytesEqual, sha256, toHex } from "@countersign/asn1";
import { parseRawCertificate, type RawCertificate } from "../certificate/raw-certificate.ts";
import type { ZipArchive } from "../zip/zip-archive.ts";
import { createCursor, parsePrefixedSequence } from "./byte-cursor.ts";
import { verifyLineage } from "./lineage.ts";
import {
  type ContentDigestKind,
  type SignatureAlgorithm,
  signatureAlgorithm,
  verifySignature,
} from "./signature-algorithm.ts";

/** Digests that a scheme's signers signed, by the scheme's number; of v1 the SHA-256 of `META-INF/MANIFEST.MF`. */
export type SchemeDigests = ReadonlyMap<number, ReadonlyMap<ContentDigestKind | "manifest", Uint8Array>>;

export interface SourceStamp {
  /** SHA-256 over the certificate of the stamp, lower-case hex. */
  readonly certSha256: string | null;
  /** True where it holds for every scheme that signed the APK. */
  readonly ok: boolean;
}

const certificateEntry = "stamp-cert-sha256";
const proofOfRotation = 0x9d6303f7;
const stampTime = 0xe43c5946;
const digestIds: Readonly<Record<ContentDigestKind | "manifest", number>> = {
  sha256: 1,
  sha512: 2,
  verity: 3,
  manifest: 4,
};

/**
 * Verifies a source stamp: a store's statement that this package came from it, signed over the digests that each signature scheme has
 * (apksig, `V2SourceStampVerifier`). It says nothing of who made the app, and no phone asks for it. Null where there is none.
 */
export async function verifySourceStamp(
  zip: ZipArchive,
  block: Uint8Array | null,
  digests: SchemeDigests,
): Promise<SourceStamp | null> {
  const entry = zip.find(certificateEntry);
  if (entry === undefined) return null;
  const stated = await zip.read(entry, 64);
  const certSha256 = stated.ok ? toHex(stated.value) : null;
  const body = block && createCursor(block).prefixed();
  return { certSha256, ok: stated.ok && body !== null && isGoodStamp(body, stated.value, digests) };
}

function isGoodStamp(body: Uint8Array, certificateDigest: Uint8Array, digests: SchemeDigests): boolean {
  const cursor = createCursor(body);
  const encoded = cursor.prefixed();
  const schemes = cursor.prefixed();
  const certificate = encoded && parseRawCertificate(encoded);
  if (certificate === null || schemes === null || !bytesEqual(sha256(certificate.bytes), certificateDigest))
    return false;

  const signed = readSchemes(schemes);
  if (signed === null) return false;
  for (const [scheme, values] of digests) {
    const signatures = signed.get(scheme);
    if (signatures === undefined || !isSigned(certificate, encodeDigests(values), signatures)) return false;
  }
  if (cursor.left() === 0) return true;
  const attributes = cursor.prefixed();
  const signatures = cursor.prefixed();
  if (attributes === null || signatures === null || !isSigned(certificate, attributes, signatures)) return false;
  return areGoodAttributes(attributes, certificate);
}

/** Signatures by the scheme whose digests they are over. */
function readSchemes(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> | null {
  const signed = new Map<number, Uint8Array>();
  for (const record of parsePrefixedSequence(bytes) ?? [null]) {
    const cursor = record && createCursor(record);
    const scheme = cursor?.u32() ?? null;
    const signatures = cursor?.prefixed() ?? null;
    if (scheme === null || signatures === null) return null;
    signed.set(scheme, signatures);
  }
  return signed;
}

/** At least one signature is of a known algorithm, and every such verifies; there is at most one of each algorithm. */
function isSigned(certificate: RawCertificate, data: Uint8Array, signatures: Uint8Array): boolean {
  const verified = new Set<SignatureAlgorithm>();
  for (const record of parsePrefixedSequence(signatures) ?? [null]) {
    const cursor = record && createCursor(record);
    const id = cursor?.u32() ?? null;
    const signature = cursor?.prefixed() ?? null;
    if (id === null || signature === null) return false;
    const algorithm = signatureAlgorithm(id);
    if (algorithm === undefined) continue;
    // Each costs a digest of all that is signed.
    if (verified.has(algorithm)) return false;
    if (verifySignature(algorithm, certificate.spki, data, signature) !== "good") return false;
    verified.add(algorithm);
  }
  return verified.size > 0;
}

function encodeDigests(values: ReadonlyMap<ContentDigestKind | "manifest", Uint8Array>): Uint8Array {
  const sorted = [...values].toSorted(([one], [other]) => digestIds[one] - digestIds[other]);
  return Buffer.concat(
    sorted.flatMap(([kind, value]) => {
      const head = Buffer.alloc(12);
      head.writeUInt32LE(8 + value.length, 0);
      head.writeUInt32LE(digestIds[kind], 4);
      head.writeUInt32LE(value.length, 8);
      return [head, value];
    }),
  );
}

/** A time is after 1970, and a proof of rotation ends in the stamp's certificate. */
function areGoodAttributes(bytes: Uint8Array, certificate: RawCertificate): boolean {
  const list = createCursor(bytes).prefixed();
  const records = list && parsePrefixedSequence(list);
  return (
    records?.every((record) => {
      const id = createCursor(record).u32();
      const value = record.subarray(4);
      if (id === null) return false;
      if (id === stampTime) return value.length >= 8 && Buffer.from(value).readBigInt64LE() > 0n;
      if (id !== proofOfRotation) return true;
      const last = verifyLineage(value)?.nodes.at(-1);
      return last !== undefined && bytesEqual(last.certificate.bytes, certificate.bytes);
    }) ?? false
  );
}
