import { type KeyObject, verify } from "node:crypto";
import {
  berContext,
  berOctets,
  berSequence,
  bytesEqual,
  type Certificate,
  type DerElement,
  derChildren,
  derSequence,
  derTag,
  loadVerificationKey,
  parseBer,
  parseCertificate,
  toInteger,
  toOctets,
  toOid,
} from "@countersign/asn1";
import { type DigestName, digest } from "./digest.ts";

const oids = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  messageDigest: "1.2.840.113549.1.9.4",
  contentType: "1.2.840.113549.1.9.3",
};
const digestNames: Readonly<Record<string, DigestName>> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};
/** Signature algorithms by the key they need; the digest is the signer's digest algorithm, which they must not contradict. */
const signatureAlgorithms: Readonly<Record<string, { key: "rsa" | "ec"; digest?: DigestName }>> = {
  "1.2.840.113549.1.1.1": { key: "rsa" },
  "1.2.840.113549.1.1.5": { key: "rsa", digest: "sha1" },
  "1.2.840.113549.1.1.11": { key: "rsa", digest: "sha256" },
  "1.2.840.113549.1.1.12": { key: "rsa", digest: "sha384" },
  "1.2.840.113549.1.1.13": { key: "rsa", digest: "sha512" },
  "1.2.840.10045.4.3.2": { key: "ec", digest: "sha256" },
  "1.2.840.10045.4.3.3": { key: "ec", digest: "sha384" },
  "1.2.840.10045.4.3.4": { key: "ec", digest: "sha512" },
};
const MOST_CERTIFICATES = 16;

/** CMS SignedData with one signer, as profiles and code signatures have it; read and not judged. */
export interface SignedData {
  /** Null where the content stands elsewhere, as a code directory does. */
  readonly content: Uint8Array | null;
  readonly certificates: readonly Certificate[];
  /** The one of them that signed. */
  readonly signer: Certificate;
  readonly digestName: DigestName;
  /** Values of the signed attributes by type. */
  readonly attributes: ReadonlyMap<string, readonly DerElement[]>;
  /** What the signature is over: the attributes as a SET. */
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly keyType: "rsa" | "ec";
}

/**
 * Reads ContentInfo with SignedData (RFC 5652 §3, §5): version 1, one signer by issuer and serial, with signed attributes. Unsigned attributes (time stamps) are
 * passed over. Never throws; null where the bytes are anything else.
 */
export function parseSignedData(bytes: Uint8Array): SignedData | null {
  const info = berSequence(parseBer(bytes));
  const body = berContext(info?.[1], 0);
  if (info?.length !== 2 || toOid(info[0]) !== oids.signedData || body?.length !== 1) return null;
  const fields = berSequence(body[0]);
  const [version, , encapsulated, held] = fields ?? [];
  const signerInfos = berSequence(fields?.at(-1), derTag.set);
  if (fields === null || fields.length > 6 || toInteger(version) !== 1n || signerInfos?.length !== 1) return null;
  const ders = berContext(held, 0);
  if (ders === null || ders.length > MOST_CERTIFICATES) return null;
  const certificates = ders.map(({ raw }) => parseCertificate(raw)).filter((certificate) => certificate !== null);
  const content = readContent(encapsulated);
  return content === undefined ? null : readSigner(signerInfos[0], certificates, content);
}

/** True where the signer's key signed the attributes, and they name the digest of `content`. */
export function isSignedContent(signed: SignedData, content: Uint8Array): boolean {
  const [named, ...others] = signed.attributes.get(oids.messageDigest) ?? [];
  const expected = toOctets(named);
  if (expected === null || others.length > 0 || !bytesEqual(expected, digest(signed.digestName, content))) return false;
  const key: KeyObject | null = loadVerificationKey(signed.signer.spki);
  if (key === null || key.asymmetricKeyType !== signed.keyType) return false;
  try {
    return verify(signed.digestName, signed.message, key, signed.signature);
  } catch {
    return false;
  }
}

/** The content, null where it stands elsewhere, undefined where it is neither. */
function readContent(encapsulated: DerElement | undefined): Uint8Array | null | undefined {
  const parts = berSequence(encapsulated);
  if (parts === null || toOid(parts[0]) !== oids.data || parts.length > 2) return undefined;
  if (parts[1] === undefined) return null;
  const explicit = berContext(parts[1], 0);
  return (explicit?.length === 1 ? berOctets(explicit[0]) : null) ?? undefined;
}

function readSigner(
  element: DerElement | undefined,
  certificates: readonly Certificate[],
  content: Uint8Array | null,
): SignedData | null {
  const fields = berSequence(element) ?? [];
  const [version, identifier, digestAlgorithm, signed, signatureAlgorithm, octets] = fields;
  const [issuer, serial] = derSequence(identifier) ?? [];
  const serialNumber = toInteger(serial);
  const digestName = digestNames[toOid(derSequence(digestAlgorithm)?.[0]) ?? ""];
  const algorithm = signatureAlgorithms[toOid(derSequence(signatureAlgorithm)?.[0]) ?? ""];
  const signature = toOctets(octets);
  const attributes = readAttributes(signed);
  if (toInteger(version) !== 1n || fields.length > 7 || issuer === undefined || serialNumber === null) return null;
  if (digestName === undefined) return null;
  if (algorithm === undefined || (algorithm.digest ?? digestName) !== digestName) return null;
  if (signed === undefined || attributes === null || signature === null) return null;
  const signers = certificates.filter(
    (certificate) => certificate.serial === serialNumber.toString(16) && bytesEqual(certificate.issuerDer, issuer.raw),
  );
  const [signer] = signers;
  if (signer === undefined || signers.length !== 1) return null;
  // A copy whatever the input is: a Buffer's slice would be a view on it.
  const message = new Uint8Array(signed.raw);
  message[0] = 0x31;
  return { content, certificates, signer, digestName, attributes, message, signature, keyType: algorithm.key };
}

/** `[0] IMPLICIT SET OF Attribute` in DER (RFC 5652 §5.3): each type once. */
function readAttributes(element: DerElement | undefined): ReadonlyMap<string, readonly DerElement[]> | null {
  if (element?.tagClass !== "context" || element.tagNumber !== 0) return null;
  const attributes = new Map<string, readonly DerElement[]>();
  for (const attribute of derChildren(element) ?? []) {
    const [type, values, ...more] = derSequence(attribute) ?? [];
    const oid = toOid(type);
    const held = derSequence(values, derTag.set);
    if (oid === null || held === null || more.length > 0 || attributes.has(oid)) return null;
    attributes.set(oid, held);
  }
  const [type, ...others] = attributes.get(oids.contentType) ?? [];
  return toOid(type) === oids.data && others.length === 0 ? attributes : null;
}
