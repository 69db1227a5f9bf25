import { createHash, type KeyObject, verify } from "node:crypto";
import {
  bytesEqual,
  type DerElement,
  derSequence,
  derTag,
  isUniversal,
  parseDer,
  toOctets,
  toOid,
} from "@countersign/asn1";
import type { RawCertificate } from "../certificate/raw-certificate.ts";
import type { PackageProblem, Read } from "../problem.ts";
import type { JarProblemCode } from "./jar-problems.ts";
import type { JarRules } from "./jar-rules.ts";
import { type SignatureAlgorithm, signatureAlgorithm } from "./signature-algorithms.ts";
import { parseSignedData, readSignedAttributes, type SignedData, type SignerInfo } from "./signed-data.ts";
import { certificateUnfit, loadSigningKey } from "./signing-key.ts";

const contentType = "1.2.840.113549.1.9.3";
const messageDigest = "1.2.840.113549.1.9.4";

/** Whose key signed, or why none did. */
export type BlockVerification =
  | { readonly ok: true; readonly certificate: RawCertificate }
  /** `certificate` is the one that the first SignerInfo names, for people: nothing says that its key signed. */
  | { readonly ok: false; readonly certificate: RawCertificate | null; readonly problem: PackageProblem };

/**
 * Verifies a signature block over its signature file: the certificate of the first SignerInfo that holds. One that merely does not hold
 * gives way to the next where Android looks at several; one that cannot be judged ends it for the block.
 */
export function verifySignatureBlock(block: Uint8Array, file: Uint8Array, rules: JarRules): BlockVerification {
  const signed = parseSignedData(block);
  const [firstInfo] = signed?.signerInfos ?? [];
  if (signed === null || firstInfo === undefined) {
    const detail = signed ? "it has no signer" : "it is not SignedData that can be read";
    return { ok: false, certificate: null, problem: { code: "jar_block_malformed", detail } };
  }
  const named = findCertificate(signed, firstInfo) ?? null;
  const signerInfos = signed.signerInfos.slice(0, rules.firstSignerInfoOnly ? 1 : undefined);
  if (signerInfos.length > rules.maximumSignerInfos)
    return { ...refuse("jar_too_large", `it has ${signerInfos.length} signatures`), certificate: named };
  let first: RawCertificate | null = null;
  for (const info of signerInfos) {
    const verified = verifySignerInfo(info, signed, file, rules);
    if (!verified.ok) return { ...verified, certificate: named };
    first ??= verified.value;
  }
  return first === null
    ? { ...refuse("jar_signature_invalid", "none of its signatures is over this file"), certificate: named }
    : { ok: true, certificate: first };
}

function findCertificate({ certificates }: SignedData, { signer }: SignerInfo): RawCertificate | undefined {
  return certificates.find(({ issuer, serial }) => issuer === signer?.issuer && serial === signer.serial);
}

/** The certificate whose key signed; null where the signature is not over this file. */
function verifySignerInfo(
  info: SignerInfo,
  signed: SignedData,
  file: Uint8Array,
  rules: JarRules,
): Read<RawCertificate | null> {
  const { digestOid, signatureOid, signature } = info;
  const algorithm = signatureAlgorithm(digestOid, signatureOid);
  if (algorithm === null || !rules.isSupported(algorithm))
    return refuse("jar_algorithm_unsupported", `digest ${digestOid} with signature ${signatureOid}`);
  const certificate = findCertificate(signed, info);
  if (certificate === undefined)
    return refuse("jar_certificate_missing", "no certificate has the signer's issuer and serial number");
  const unfit = certificateUnfit(certificate);
  if (unfit !== null) return refuse("jar_certificate_unfit", unfit);
  const key = loadSigningKey(certificate, algorithm.key);
  if (key === null)
    return refuse("jar_certificate_unfit", `it has no ${algorithm.key.toUpperCase()} key that can be used`);
  const weakness = rules.keyWeakness(key);
  if (weakness !== null) return refuse("jar_algorithm_unsupported", weakness);
  if (info.signedAttributes !== null) {
    const matches = checkSignedAttributes(info.signedAttributes.element, signed, algorithm, file, rules);
    if (!matches.ok) return matches;
    if (!matches.value) return { ok: true, value: null };
  }
  if (!isWholeSignature(signature, key))
    return refuse("jar_signature_invalid", "it has not the form of its key's signatures");
  const holds = isSignatureOf(info.signedAttributes?.signedBytes ?? file, algorithm, key, signature);
  return { ok: true, value: holds ? certificate : null };
}

function isSignatureOf(
  bytes: Uint8Array,
  algorithm: SignatureAlgorithm,
  key: KeyObject,
  signature: Uint8Array,
): boolean {
  try {
    return verify(algorithm.signed, bytes, key, signature);
  } catch {
    return false;
  }
}

/** Whether the attributes are of this signature file; a problem where they cannot say. */
function checkSignedAttributes(
  set: DerElement,
  signed: SignedData,
  algorithm: SignatureAlgorithm,
  file: Uint8Array,
  rules: JarRules,
): Read<boolean> {
  if (!rules.takesSignedAttributes)
    return refuse("jar_signed_attributes", "before API level 19 Android does not compare them with the signature file");
  const attributes = readSignedAttributes(set);
  if (attributes === null) return refuse("jar_signed_attributes", "they are malformed or stand twice");
  if (rules.checksContentType) {
    const type = toOid(only(attributes.get(contentType)));
    if (type === null) return refuse("jar_signed_attributes", "they have not one content type");
    if (type !== signed.contentType) return { ok: true, value: false };
  }
  const digest = toOctets(only(attributes.get(messageDigest)));
  if (digest === null) return refuse("jar_signed_attributes", "they have not one message digest");
  return { ok: true, value: bytesEqual(digest, createHash(algorithm.digest).update(file).digest()) };
}

function only(values: readonly DerElement[] = []): DerElement | undefined {
  return values.length === 1 ? values[0] : undefined;
}

/** Java throws at a signature of another form, which ends the block; what it finds false gives way to the next SignerInfo. */
function isWholeSignature(signature: Uint8Array, key: KeyObject): boolean {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType === "rsa") return signature.length === Math.ceil(bits / 8);
  const numbers = derSequence(parseDer(signature));
  return numbers?.length === 2 && numbers.every((number) => isUniversal(number, derTag.integer));
}

function refuse(
  code: JarProblemCode,
  detail: string,
): { ok: false; problem: { code: JarProblemCode; detail: string } } {
  return { ok: false, problem: { code, detail } };
}
