import { type DerElement, derTag, isUniversal, toOctets, toOid } from "@countersign/asn1";
import { berExplicit, berSequenceOf, isContext, readBerElement } from "../certificate/ber-element.ts";
import { toBerInteger } from "../certificate/ber-integer.ts";
import { parseRawCertificate, type RawCertificate } from "../certificate/raw-certificate.ts";
import { parseRawName } from "../certificate/raw-name.ts";

const signedData = "1.2.840.113549.1.7.2";

/** A signature block: PKCS #7 SignedData (RFC 2315 §9) without content, over the signature file beside it. */
export interface SignedData {
  /** Identifier of the content's type. */
  readonly contentType: string;
  readonly certificates: readonly RawCertificate[];
  readonly signerInfos: readonly SignerInfo[];
}

export interface SignerInfo {
  /** Whose certificate signed; null where the signer is named by a key identifier, which Android does not know. */
  readonly signer: { readonly issuer: string; readonly serial: bigint } | null;
  readonly digestOid: string;
  readonly signatureOid: string;
  readonly signature: Uint8Array;
  /** The attributes, and the bytes that were signed in place of the file; null where the file itself was signed. */
  readonly signedAttributes: { readonly element: DerElement; readonly signedBytes: Uint8Array } | null;
}

/**
 * Reads a signature block, in the BER that Android takes (apksig, `Asn1BerParser`): versions are not looked at, what follows the known
 * fields is passed over, certificates may be anything that `parseRawCertificate` reads, and all of them must be. Null for everything else.
 */
export function parseSignedData(block: Uint8Array): SignedData | null {
  const contentInfo = berSequenceOf(readBerElement(block));
  if (toOid(contentInfo?.[0]) !== signedData) return null;
  const fields = berSequenceOf(berExplicit(contentInfo?.[1], 0));
  const [version, digestAlgorithms, content, ...rest] = fields ?? [];
  const contentType = toOid(berSequenceOf(content)?.[0]);
  if (toBerInteger(version) === null || contentType === null || !areAlgorithms(digestAlgorithms)) return null;
  const certificates = readCertificates(rest.find((field) => isContext(field, 0)));
  const signers = rest.find((field) => isUniversal(field, derTag.set));
  const infos = berSequenceOf(signers, derTag.set)?.map(readSignerInfo);
  if (certificates === null || infos === undefined) return null;
  const signerInfos = infos.filter((info) => info !== null);
  return signerInfos.length === infos.length ? { contentType, certificates, signerInfos } : null;
}

function areAlgorithms(set: DerElement | undefined): boolean {
  return berSequenceOf(set, derTag.set)?.every((item) => algorithmOid(item) !== null) ?? false;
}

function algorithmOid(element: DerElement | undefined): string | null {
  return toOid(berSequenceOf(element)?.[0]);
}

/** The certificates of the IMPLICIT set; none where it is absent. */
function readCertificates(element: DerElement | undefined): readonly RawCertificate[] | null {
  if (element === undefined) return [];
  const certificates: RawCertificate[] = [];
  for (const item of berSequenceOf(asSet(element), derTag.set) ?? [null]) {
    const certificate = item === null ? null : parseRawCertificate(item.raw);
    if (certificate === null) return null;
    certificates.push(certificate);
  }
  return certificates;
}

/** An IMPLICIT set as what it is a set of. */
function asSet(element: DerElement): DerElement {
  return { ...element, tagClass: "universal", tagNumber: derTag.set };
}

function readSignerInfo(element: DerElement): SignerInfo | null {
  const fields = berSequenceOf(element);
  if (fields === null) return null;
  const [version, identifier, digestAlgorithm, ...rest] = fields;
  const attributes = isContext(rest[0], 0) ? rest[0] : undefined;
  const [signatureAlgorithm, signatureValue] = attributes === undefined ? rest : rest.slice(1);
  const signer = readIdentifier(identifier);
  const digestOid = algorithmOid(digestAlgorithm);
  const signatureOid = algorithmOid(signatureAlgorithm);
  const signature = toOctets(signatureValue);
  if (toBerInteger(version) === null || signer === undefined) return null;
  if (digestOid === null || signatureOid === null || signature === null) return null;
  const signedAttributes = attributes && { element: asSet(attributes), signedBytes: signedForm(attributes) };
  return { signer, digestOid, signatureOid, signature, signedAttributes: signedAttributes ?? null };
}

/**
 * RFC 2315 §9.3 has the attributes signed in DER, as a SET. Android takes them as they are encoded, and puts the tag of a SET before them
 * in place of the context tag; so does every signer whose encoding is DER.
 */
function signedForm(attributes: DerElement): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.of(0x31), attributes.raw.subarray(1)]));
}

/** Undefined where the field is no signer identifier. */
function readIdentifier(element: DerElement | undefined): SignerInfo["signer"] | undefined {
  if (isContext(element, 0)) return null;
  const [issuer, serial] = berSequenceOf(element) ?? [];
  const name = parseRawName(issuer);
  const number = toBerInteger(serial);
  return name === null || number === null ? undefined : { issuer: name.canonical, serial: number };
}

/** The values of each attribute by its identifier. Null where they are no attributes, or one of them stands twice. */
export function readSignedAttributes(set: DerElement): ReadonlyMap<string, readonly DerElement[]> | null {
  const attributes = new Map<string, readonly DerElement[]>();
  for (const item of berSequenceOf(set, derTag.set) ?? [null]) {
    const [type, values] = (item && berSequenceOf(item)) ?? [];
    const oid = toOid(type);
    const list = berSequenceOf(values, derTag.set);
    if (oid === null || list === null || attributes.has(oid)) return null;
    attributes.set(oid, list);
  }
  return attributes;
}
