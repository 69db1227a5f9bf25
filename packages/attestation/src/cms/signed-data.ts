import { type KeyObject, verify } from "node:crypto";
import {
  berContext,
  berOctets,
  berSequence,
  bytesEqual,
  type DerElement,
  derChildren,
  derSequence,
  derTag,
  parseBer,
  sha256,
  toInteger,
  toOctets,
  toOid,
} from "@countersign/asn1";

/** CMS SignedData with one signer, read and not judged. */
export interface SignedData {
  readonly content: Uint8Array;
  /** DER, as they stand. */
  readonly certificates: readonly Uint8Array[];
  /** Which certificate signed: its issuer as a DER Name, and its serial number. */
  readonly signer: { readonly issuerDer: Uint8Array; readonly serial: bigint };
  /** What the signature covers in place of the content, and the digest of the content that stands in it. */
  readonly signedAttributes: { readonly message: Uint8Array; readonly contentDigest: Uint8Array } | null;
  readonly signature: Uint8Array;
}

/** The signed data, or the structure that is not as it must be. */
export type ReadSignedData =
  | { readonly ok: true; readonly signedData: SignedData }
  | { readonly ok: false; readonly structure: string };

const oids = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
};

// The one digest and the one signature algorithm that receipts have; parameters absent or NULL (RFC 5754 §2).
const sha256Algorithms = ["300d06096086480165030402010500", "300b0609608648016503040201"].map(fromHex);
const ecdsaWithSha256 = fromHex("300a06082a8648ce3d040302");

/**
 * Reads ContentInfo with SignedData (RFC 5652 §3, §5): version 1, content of type data that is present, one signer by issuer and serial,
 * SHA-256, ECDSA with SHA-256, no revocation lists and no unsigned attributes. Nothing is verified.
 */
export function parseSignedData(bytes: Uint8Array): ReadSignedData {
  const info = berSequence(parseBer(bytes));
  const body = berContext(info?.[1], 0);
  if (info?.length !== 2 || toOid(info[0]) !== oids.signedData || body?.length !== 1) return unreadable("ContentInfo");
  const [version, digests, encapsulated, certificates, signers, ...more] = berSequence(body[0]) ?? [];
  const digest = berSequence(digests, derTag.set);
  if (toInteger(version) !== 1n || digest?.length !== 1 || !isSha256(digest[0]) || more.length > 0)
    return unreadable("SignedData");
  const content = readContent(encapsulated);
  if (content === null) return unreadable("EncapsulatedContentInfo");
  const held = berContext(certificates, 0);
  if (held === null) return unreadable("CertificateSet");
  const signerInfos = berSequence(signers, derTag.set);
  const signer = signerInfos?.length === 1 ? readSigner(signerInfos[0]) : null;
  if (signer === null) return unreadable("SignerInfo");
  return { ok: true, signedData: { content, certificates: held.map(({ raw }) => raw), ...signer } };
}

/** True where `key` (P-256) signed the content, or the signed attributes that name the content's digest. */
export function isContentSignedBy({ content, signedAttributes, signature }: SignedData, key: KeyObject): boolean {
  if (signedAttributes !== null && !bytesEqual(signedAttributes.contentDigest, sha256(content))) return false;
  if (key.asymmetricKeyType !== "ec") return false;
  try {
    return verify("sha256", signedAttributes?.message ?? content, key, signature);
  } catch {
    return false;
  }
}

function unreadable(structure: string): ReadSignedData {
  return { ok: false, structure };
}

function readContent(encapsulated: DerElement | undefined): Uint8Array | null {
  const parts = berSequence(encapsulated);
  const explicit = berContext(parts?.[1], 0);
  if (parts?.length !== 2 || toOid(parts[0]) !== oids.data || explicit?.length !== 1) return null;
  return berOctets(explicit[0]);
}

function readSigner(element: DerElement | undefined): Omit<SignedData, "content" | "certificates"> | null {
  const fields = berSequence(element) ?? [];
  const attributed = fields[3]?.tagClass === "context";
  const [version, identifier, digest, ...rest] = attributed ? fields.toSpliced(3, 1) : fields;
  const [algorithm, signatureOctets] = rest;
  const name = derSequence(identifier);
  const issuerDer = name?.[0]?.raw;
  const serial = toInteger(name?.[1]);
  const signature = toOctets(signatureOctets);
  if (toInteger(version) !== 1n || name?.length !== 2 || issuerDer === undefined || serial === null) return null;
  if (!isSha256(digest) || rest.length !== 2 || signature === null) return null;
  if (algorithm === undefined || !bytesEqual(algorithm.raw, ecdsaWithSha256)) return null;
  const signedAttributes = attributed ? readSignedAttributes(fields[3]) : null;
  if (attributed && signedAttributes === null) return null;
  return { signer: { issuerDer, serial }, signedAttributes, signature };
}

/** `[0] IMPLICIT SET OF Attribute`, in DER: what is signed is the same with the tag of a SET (RFC 5652 §5.4). */
function readSignedAttributes(element: DerElement | undefined): SignedData["signedAttributes"] {
  const attributes = element?.tagNumber === 0 ? derChildren(element) : null;
  if (!element || !attributes) return null;
  const values = new Map<string, DerElement>();
  for (const attribute of attributes) {
    const parts = derSequence(attribute);
    const type = toOid(parts?.[0]);
    const [value, ...others] = derSequence(parts?.[1], derTag.set) ?? [];
    if (parts?.length !== 2 || type === null || value === undefined || others.length > 0 || values.has(type))
      return null;
    values.set(type, value);
  }
  const contentDigest = toOctets(values.get(oids.messageDigest));
  if (toOid(values.get(oids.contentType)) !== oids.data || contentDigest === null) return null;
  const message = element.raw.slice();
  message[0] = 0x31;
  return { message, contentDigest };
}

function isSha256(element: DerElement | undefined): boolean {
  return element !== undefined && sha256Algorithms.some((algorithm) => bytesEqual(element.raw, algorithm));
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}
