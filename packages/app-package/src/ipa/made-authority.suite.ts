import { createHash, sign } from "node:crypto";
import {
  type CertificateText,
  type KeyPair,
  makeCertificate,
  makeKey,
  makeRsaKey,
  nameDer,
  spkiOf,
} from "../../../asn1/src/made/certificate.suite.ts";
import {
  der,
  explicit,
  integer,
  none,
  octets,
  oid,
  sequence,
  set,
  time,
} from "../../../asn1/src/made/der-writer.suite.ts";
import type { CodeAnchor } from "./apple-anchors.ts";

/** When made packages are judged. */
export const judgedAtMs = Date.parse("2026-06-01T00:00:00Z");
export const teamId = "TEAM123456";
export const codeSigning = "1.3.6.1.5.5.7.3.3";
export const markerOid = {
  development: "1.2.840.113635.100.6.1.2",
  distribution: "1.2.840.113635.100.6.1.4",
  appStore: "1.2.840.113635.100.6.1.3",
  developerAuthority: "1.2.840.113635.100.6.2.1",
};

export interface MadeSigner {
  readonly certificate: Uint8Array;
  readonly key: KeyPair;
  readonly issuer: Readonly<Record<string, string>>;
  readonly serial: number;
}

const root = { "2.5.4.6": "US", "2.5.4.10": "Made Inc.", "2.5.4.3": "Made Root CA" };
export const developerAuthorityName = { "2.5.4.10": "Made Inc.", "2.5.4.3": "Made Worldwide Developer Relations" };
export const phoneAuthorityName = { "2.5.4.10": "Made Inc.", "2.5.4.3": "Apple iPhone Certification Authority" };

export const rootKey = makeKey("P-384");
export const developerAuthorityKey = makeKey();
export const phoneAuthorityKey = makeKey();
export const anchors: readonly CodeAnchor[] = [{ name: "CN=Made Root CA", spki: spkiOf(rootKey) }];

export const marked = (id: string): readonly [string, Uint8Array] => [id, none()];
export const purposes = (...ids: readonly string[]): readonly [string, Uint8Array] => [
  "2.5.29.37",
  sequence(...ids.map(oid)),
];
/** Bits of keyUsage as their first byte has them. */
export const keyUsage = (bits: number): readonly [string, Uint8Array] => ["2.5.29.15", der(0x03, Buffer.of(0, bits))];

/** An authority below the made root, as it should be but for what the test asks for. */
export function makeAuthority(
  key: KeyPair,
  subject: Readonly<Record<string, string>>,
  other: Partial<CertificateText> = {},
) {
  return makeCertificate({
    subject,
    issuer: root,
    key: spkiOf(key),
    signer: rootKey,
    hash: "sha384",
    isCertificateAuthority: true,
    extensions: [marked(markerOid.developerAuthority), keyUsage(0x06)],
    ...other,
  });
}

export const developerAuthority = makeAuthority(developerAuthorityKey, developerAuthorityName);
export const phoneAuthority = makeAuthority(phoneAuthorityKey, phoneAuthorityName, { extensions: [keyUsage(0x06)] });

/** A developer's certificate, as it should be but for what the test asks for. */
export function makeDeveloper(other: Partial<CertificateText> = {}, key: KeyPair = makeKey()): MadeSigner {
  const issuer = other.issuer ?? developerAuthorityName;
  const serial = Number(other.serial ?? 77);
  const certificate = makeCertificate({
    subject: { "2.5.4.3": `Apple Distribution: Example (${teamId})`, "2.5.4.11": teamId, "2.5.4.10": "Example" },
    issuer,
    key: spkiOf(key),
    signer: developerAuthorityKey,
    serial,
    extensions: [marked(markerOid.distribution), purposes(codeSigning), keyUsage(0x80)],
    ...other,
  });
  return { certificate, key, issuer, serial };
}

/** What Apple signs apps of its store with, and profiles. */
export function makeAppleSigner(commonName: string, other: Partial<CertificateText> = {}): MadeSigner {
  return makeDeveloper({
    subject: { "2.5.4.3": commonName },
    issuer: phoneAuthorityName,
    signer: phoneAuthorityKey,
    extensions: [keyUsage(0x80)],
    ...other,
  });
}

export const developer = makeDeveloper();
export const rsaDeveloper = makeDeveloper({ serial: 78 }, makeRsaKey());
export const profileSigner = makeAppleSigner("Apple iPhone OS Provisioning Profile Signing");
export const appStoreSigner = makeAppleSigner("Apple iPhone OS Application Signing", {
  extensions: [marked(markerOid.appStore), purposes(codeSigning), keyUsage(0x80)],
});

export type CmsDigest = "sha1" | "sha256" | "sha384";
const digestOids = { sha1: "1.3.14.3.2.26", sha256: "2.16.840.1.101.3.4.2.1", sha384: "2.16.840.1.101.3.4.2.2" };
const signatureOids = {
  rsa: { sha1: "1.2.840.113549.1.1.5", sha256: "1.2.840.113549.1.1.11", sha384: "1.2.840.113549.1.1.12" },
  ec: { sha1: "1.2.840.10045.4.1", sha256: "1.2.840.10045.4.3.2", sha384: "1.2.840.10045.4.3.3" },
};

export interface CmsPlan {
  readonly signer: MadeSigner;
  /** Besides the signer's. */
  readonly certificates: readonly Uint8Array[];
  readonly content: Uint8Array;
  readonly isDetached: boolean;
  readonly digest?: CmsDigest;
  /** Further signed attributes. */
  readonly attributes?: readonly Uint8Array[];
  /** Signed attributes as they should not be. */
  readonly change?: (attributes: readonly Uint8Array[]) => readonly Uint8Array[];
  readonly contentType?: string;
  /** What follows the signature: unsigned attributes. */
  readonly unsigned?: readonly Uint8Array[];
  readonly signerInfos?: (info: Uint8Array) => readonly Uint8Array[];
}

export const attribute = (id: string, ...values: readonly Uint8Array[]): Uint8Array =>
  sequence(oid(id), set(...values));
export const contentTypeAttribute = attribute("1.2.840.113549.1.9.3", oid("1.2.840.113549.1.7.1"));
export const digestOid = (name: CmsDigest): Uint8Array => oid(digestOids[name]);

/** CMS SignedData of one signer (RFC 5652), as Apple's tools write it. */
export function makeCms(plan: CmsPlan): Uint8Array {
  const digest = plan.digest ?? "sha256";
  const { signer } = plan;
  const algorithm = sequence(oid(digestOids[digest]), none());
  const hashed = createHash(digest).update(plan.content).digest();
  const usual = [
    contentTypeAttribute,
    attribute("1.2.840.113549.1.9.5", time(judgedAtMs - 3_600_000)),
    attribute("1.2.840.113549.1.9.4", octets(hashed)),
    ...(plan.attributes ?? []),
  ];
  const attributes = Buffer.concat([...(plan.change?.(usual) ?? usual)].toSorted(Buffer.compare));
  const type = signer.key.privateKey.asymmetricKeyType === "rsa" ? "rsa" : "ec";
  const info = sequence(
    integer(1),
    sequence(nameDer(signer.issuer), integer(signer.serial)),
    algorithm,
    der(0xa0, attributes),
    sequence(oid(signatureOids[type][digest])),
    octets(sign(digest, der(0x31, attributes), signer.key.privateKey)),
    ...(plan.unsigned === undefined ? [] : [der(0xa1, ...plan.unsigned)]),
  );
  const contentType = oid(plan.contentType ?? "1.2.840.113549.1.7.1");
  return sequence(
    oid("1.2.840.113549.1.7.2"),
    explicit(
      0,
      sequence(
        integer(1),
        set(algorithm),
        plan.isDetached ? sequence(contentType) : sequence(contentType, explicit(0, octets(plan.content))),
        der(0xa0, signer.certificate, ...plan.certificates),
        set(...(plan.signerInfos?.(info) ?? [info])),
      ),
    ),
  );
}
