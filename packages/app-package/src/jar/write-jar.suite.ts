import { createHash, sign } from "node:crypto";
import { crc32 } from "node:zlib";
import {
  commonName,
  type KeyPair,
  makeKey,
  makeRsaKey,
  nameDer,
  spkiOf,
} from "../../../asn1/src/made/certificate.suite.ts";
import * as der from "../../../asn1/src/made/der-writer.suite.ts";
import { writeCertificate } from "../certificate/write-certificate.suite.ts";

/** Entries in order; a name may occur twice. */
export type Entries = readonly (readonly [name: string, content: Uint8Array | string])[];

/** A ZIP archive of stored entries. */
export function writeZip(entries: Entries): Uint8Array {
  const locals: Buffer[] = [];
  const records: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of entries) {
    const nameBytes = Buffer.from(name);
    const bytes = Buffer.from(content);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt32LE(0x5a210000, 6);
    shared.writeUInt32LE(crc32(bytes), 10);
    shared.writeUInt32LE(bytes.length, 14);
    shared.writeUInt32LE(bytes.length, 18);
    shared.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), shared, nameBytes, bytes]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    records.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), shared, rest, nameBytes]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(records);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...locals, directory, end]));
}

export const digestOf = (hash: string, content: Uint8Array | string): string =>
  createHash(hash).update(content).digest("base64");

const nodeNames: Readonly<Record<string, string>> = { SHA1: "sha1", "SHA-256": "sha256", "SHA-512": "sha512" };

/** Attributes as lines of at most 72 bytes, closed by an empty one. */
export function section(...attributes: readonly string[]): string {
  return `${attributes.map((text) => text.replaceAll(/(.{70})(?=.)/gu, "$1\r\n ")).join("\r\n")}\r\n\r\n`;
}

/** The sections of a manifest, the main one first. */
export function manifestSections(entries: Entries, digests: readonly string[] = ["SHA-256"]): readonly string[] {
  const named = entries.map(([name, content]) =>
    section(
      `Name: ${name}`,
      ...digests.map((digest) => `${digest}-Digest: ${digestOf(nodeNames[digest] ?? digest, content)}`),
    ),
  );
  return [section("Manifest-Version: 1.0"), ...named];
}

export interface SignatureFileText {
  readonly digest?: string;
  /** More attributes of the main section. */
  readonly main?: readonly string[];
  /** Without the digest of the whole manifest, its sections count. */
  readonly whole?: boolean;
}

/** The signature file of a manifest. */
export function signatureFile(sections: readonly string[], text: SignatureFileText = {}): string {
  const { digest = "SHA-256", main = [], whole = true } = text;
  const hash = nodeNames[digest] ?? digest;
  const [mainSection = "", ...rest] = sections;
  const attributes = [
    "Signature-Version: 1.0",
    ...(whole ? [`${digest}-Digest-Manifest: ${digestOf(hash, sections.join(""))}`] : []),
    `${digest}-Digest-Manifest-Main-Attributes: ${digestOf(hash, mainSection)}`,
    ...main,
  ];
  const named = rest.map((text) => {
    const [name = ""] = text.replaceAll("\r\n ", "").split("\r\n");
    return section(name, `${digest}-Digest: ${digestOf(hash, text)}`);
  });
  return [section(...attributes), ...named].join("");
}

export interface Signer {
  readonly key: KeyPair;
  readonly certificate: Uint8Array;
  readonly issuer: Uint8Array;
  readonly serial: number;
}

/** A signer with a certificate of its own making; `extensions` go into it. */
export function makeSigner(name: string, key: KeyPair = makeKey(), extensions: readonly Uint8Array[] = []): Signer {
  const issuer = nameDer(commonName(name));
  return { key, certificate: writeCertificate({ spki: spkiOf(key), issuer, extensions }), issuer, serial: 7 };
}

export const ecSigner: Signer = makeSigner("ec");
export const otherSigner: Signer = makeSigner("other");
export const rsaSigner: Signer = makeSigner("rsa", makeRsaKey());

export const oids = {
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
  rsa: "1.2.840.113549.1.1.1",
  ec: "1.2.840.10045.2.1",
  ecSha256: "1.2.840.10045.4.3.2",
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
} as const;

export interface SignerInfoText {
  readonly hash?: "sha1" | "sha256";
  readonly signatureOid?: string;
  /** Signed in place of the file, in the given order. */
  readonly attributes?: readonly Uint8Array[];
  readonly signature?: Uint8Array;
  readonly identifier?: Uint8Array;
}

export const attribute = (type: string, ...values: readonly Uint8Array[]): Uint8Array =>
  der.sequence(der.oid(type), der.set(...values));

/** The two attributes that every signer with attributes has. */
export const goodAttributes = (file: string, hash = "sha256"): readonly Uint8Array[] => [
  attribute(oids.contentType, der.oid(oids.data)),
  attribute(oids.messageDigest, der.octets(createHash(hash).update(file).digest())),
];

export function signerInfo(file: string, signer: Signer, text: SignerInfoText = {}): Uint8Array {
  const { hash = "sha256", attributes } = text;
  const isRsa = signer.key.privateKey.asymmetricKeyType === "rsa";
  const signed = attributes ? der.set(...attributes) : Buffer.from(file);
  const implicit = attributes ? [der.der(0xa0, ...attributes)] : [];
  return der.sequence(
    der.integer(1),
    text.identifier ?? der.sequence(signer.issuer, der.integer(signer.serial)),
    der.sequence(der.oid(oids[hash]), der.none()),
    ...implicit,
    der.sequence(der.oid(text.signatureOid ?? (isRsa ? oids.rsa : oids.ec)), der.none()),
    der.octets(text.signature ?? sign(hash, signed, signer.key.privateKey)),
  );
}

/** SignedData of these certificates and SignerInfos. */
export function blockOf(certificates: readonly Uint8Array[], signerInfos: readonly Uint8Array[]): Uint8Array {
  const signed = der.sequence(
    der.integer(1),
    der.set(der.sequence(der.oid(oids.sha256), der.none())),
    der.sequence(der.oid(oids.data)),
    der.der(0xa0, ...certificates),
    der.set(...signerInfos),
  );
  return der.sequence(der.oid(oids.signedData), der.explicit(0, signed));
}

export const block = (file: string, signer: Signer, text?: SignerInfoText): Uint8Array =>
  blockOf([signer.certificate], [signerInfo(file, signer, text)]);

/** What a signer leaves in an archive. */
export const signatureEntries = (name: string, file: string, signer: Signer, text?: SignerInfoText): Entries => [
  [`META-INF/${name}.SF`, file],
  [`META-INF/${name}.${signer === rsaSigner ? "RSA" : "EC"}`, block(file, signer, text)],
];

export const content: Entries = [
  ["classes.dex", "code"],
  ["res/a-rather-long-name-that-takes-more-than-one-line-of-a-manifest-to-write.xml", "<x/>"],
];

/** A signed archive. */
export function signedJar(
  signer: Signer = ecSigner,
  text: SignatureFileText = {},
  entries: Entries = content,
): Uint8Array {
  const sections = manifestSections(entries);
  const file = signatureFile(sections, text);
  return writeZip([...entries, ["META-INF/MANIFEST.MF", sections.join("")], ...signatureEntries("CERT", file, signer)]);
}
