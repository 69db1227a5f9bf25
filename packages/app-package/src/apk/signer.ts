import { bytesEqual } from "@countersign/asn1";
import { parseRawCertificate, type RawCertificate } from "../certificate/raw-certificate.ts";
import type { PackageProblem, Read } from "../problem.ts";
import { type ByteCursor, createCursor, parsePrefixedSequence } from "./byte-cursor.ts";
import { chooseSignatures, type SignatureRecord } from "./choose-signatures.ts";
import {
  type ContentDigestKind,
  type SignatureAlgorithm,
  signatureAlgorithm,
  verifySignature,
} from "./signature-algorithm.ts";

/** What one signer signed, read after its signatures were found good. */
export interface ApkSigner {
  /** The first is who signed. Never empty. */
  readonly certificates: readonly [RawCertificate, ...RawCertificate[]];
  readonly digests: readonly ContentDigest[];
  readonly attributes: readonly SignerAttribute[];
  /** Digests that the good signatures rest on. */
  readonly content: ReadonlySet<ContentDigestKind>;
  readonly minSdk: number;
  readonly maxSdk: number;
}

export interface ContentDigest {
  readonly kind: ContentDigestKind;
  readonly value: Uint8Array;
}

export interface SignerAttribute {
  readonly id: number;
  readonly value: Uint8Array;
}

export interface SignerRules {
  /** v2's signers have no API levels of their own: they are judged for these. */
  readonly range: { readonly minSdk: number; readonly maxSdk: number } | null;
  /** ML-DSA counts in hybrid v3.2 blocks alone. */
  readonly postQuantum: boolean;
}

const highestSdk = 0x7fffffff;

/**
 * Verifies one signer of a v2, v3, v3.1 or v3.2 block: structure, the signatures that the API levels ask for, and only then what was
 * signed: digests of the same algorithms in the same order, and a first certificate with the key that verified (APK Signature Scheme v2,
 * "Verification", steps 3.1 to 3.5; v3 likewise). Every one of a v3 signer's API levels is signed, too.
 */
export function verifySigner(block: Uint8Array, rules: SignerRules): Read<ApkSigner> {
  const cursor = createCursor(block);
  const signedData = cursor.prefixed();
  const levels = rules.range ?? readLevels(cursor);
  const signatures = cursor.prefixed();
  const publicKey = cursor.prefixed();
  if (signedData === null || levels === null || signatures === null || publicKey === null)
    return refuse("apk_signature_malformed", "a signer is cut off");
  if (levels.minSdk > levels.maxSdk || levels.maxSdk > highestSdk)
    return refuse("apk_signer_sdk", `a signer is for API levels ${levels.minSdk} to ${levels.maxSdk}`);

  const records = readRecords(signatures);
  if (records === null) return refuse("apk_signature_malformed", "a signature is cut off");
  const supported: SignatureRecord[] = [];
  for (const { id, value } of records) {
    const algorithm = known(id, rules);
    if (algorithm) supported.push({ algorithm, signature: value });
  }
  const chosen = chooseSignatures(supported, levels.minSdk, levels.maxSdk);
  if (chosen.length === 0)
    return refuse("apk_no_signature", `none for API levels ${levels.minSdk} to ${levels.maxSdk}`);
  for (const { algorithm, signature } of chosen) {
    const verdict = verifySignature(algorithm, publicKey, signedData, signature);
    if (verdict === "unusable key") return refuse("apk_public_key", "the key is not one of the algorithm");
    if (verdict === "bad")
      return refuse("apk_signature_invalid", `signature of algorithm 0x${algorithm.id.toString(16)}`);
  }

  const content = new Set(chosen.map(({ algorithm }) => algorithm.content));
  return readSignedData(signedData, { records, publicKey, content, levels, rules });
}

interface Verified {
  readonly records: readonly SignatureOrDigest[];
  readonly publicKey: Uint8Array;
  readonly content: ReadonlySet<ContentDigestKind>;
  readonly levels: { readonly minSdk: number; readonly maxSdk: number };
  readonly rules: SignerRules;
}

function readSignedData(signedData: Uint8Array, verified: Verified): Read<ApkSigner> {
  const { records, publicKey, content, levels, rules } = verified;
  const cursor = createCursor(signedData);
  const digestBytes = cursor.prefixed();
  const certificateBytes = cursor.prefixed();
  const signedLevels = rules.range ?? readLevels(cursor);
  const attributeBytes = cursor.prefixed();
  if (digestBytes === null || certificateBytes === null || signedLevels === null || attributeBytes === null)
    return refuse("apk_signature_malformed", "the signed data are cut off");
  if (signedLevels.minSdk !== levels.minSdk || signedLevels.maxSdk !== levels.maxSdk)
    return refuse("apk_signer_sdk", "a signer's API levels are not the signed ones");

  const encoded = parsePrefixedSequence(certificateBytes);
  if (encoded === null) return refuse("apk_signature_malformed", "a certificate is cut off");
  const certificates: RawCertificate[] = [];
  for (const bytes of encoded) {
    const certificate = parseRawCertificate(bytes);
    if (certificate === null) return refuse("apk_certificate", "a certificate cannot be read");
    certificates.push(certificate);
  }
  const [first, ...others] = certificates;
  if (first === undefined) return refuse("apk_certificate", "a signer has no certificate");
  if (!bytesEqual(first.spki, publicKey)) return refuse("apk_public_key", "the certificate has another public key");

  const digests = readRecords(digestBytes);
  if (digests === null) return refuse("apk_signature_malformed", "a digest is cut off");
  if (digests.length !== records.length || digests.some(({ id }, index) => id !== records[index]?.id))
    return refuse("apk_algorithms", "digests and signatures name other algorithms");
  const attributes = readAttributes(attributeBytes);
  if (attributes === null) return refuse("apk_signature_malformed", "an attribute is cut off");
  return {
    ok: true,
    value: {
      certificates: [first, ...others],
      digests: digests.flatMap(({ id, value }) => {
        const kind = known(id, rules)?.content;
        return kind === undefined ? [] : [{ kind, value }];
      }),
      attributes,
      content,
      ...levels,
    },
  };
}

function known(id: number, rules: SignerRules): SignatureAlgorithm | undefined {
  const algorithm = signatureAlgorithm(id);
  return algorithm?.key === "ml-dsa" && !rules.postQuantum ? undefined : algorithm;
}

function readLevels(cursor: ByteCursor): { minSdk: number; maxSdk: number } | null {
  const minSdk = cursor.u32();
  const maxSdk = cursor.u32();
  return minSdk === null || maxSdk === null ? null : { minSdk, maxSdk };
}

interface SignatureOrDigest {
  readonly id: number;
  readonly value: Uint8Array;
}

/** A sequence of algorithm identifiers with their signature or digest; what follows within a record is passed over, as Android does. */
function readRecords(bytes: Uint8Array): readonly SignatureOrDigest[] | null {
  const records: SignatureOrDigest[] = [];
  for (const record of parsePrefixedSequence(bytes) ?? [null]) {
    const cursor = record && createCursor(record);
    const id = cursor?.u32() ?? null;
    const value = cursor?.prefixed() ?? null;
    if (id === null || value === null) return null;
    records.push({ id, value });
  }
  return records;
}

function readAttributes(bytes: Uint8Array): readonly SignerAttribute[] | null {
  const attributes: SignerAttribute[] = [];
  for (const record of parsePrefixedSequence(bytes) ?? [null]) {
    const id = record && createCursor(record).u32();
    if (record === null || id === null) return null;
    attributes.push({ id, value: record.subarray(4) });
  }
  return attributes;
}

function refuse(code: PackageProblem["code"], detail: string): Read<never> {
  return { ok: false, problem: { code, detail } };
}
