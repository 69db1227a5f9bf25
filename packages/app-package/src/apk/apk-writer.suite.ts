import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { commonName, makeCertificate, makeKey } from "../../../asn1/src/made/certificate.suite.ts";
import { type MadeEntry, writeZip } from "../zip/zip-writer.suite.ts";

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly spki: Uint8Array;
  readonly certificate: Uint8Array;
  /** The algorithm that it signs with unless told otherwise. */
  readonly algorithm: number;
}

function makeSigningKey(
  name: string,
  pair: { publicKey: KeyObject; privateKey: KeyObject },
  algorithm: number,
): SigningKey {
  const spki = new Uint8Array(pair.publicKey.export({ format: "der", type: "spki" }));
  const text = { subject: commonName(name), issuer: commonName(name), key: spki, signer: makeKey() };
  return { privateKey: pair.privateKey, spki, certificate: makeCertificate(text), algorithm };
}

export const keys = {
  rsa: makeSigningKey("rsa", generateKeyPairSync("rsa", { modulusLength: 2048 }), 0x0103),
  first: makeSigningKey("first", makeKey(), 0x0201),
  second: makeSigningKey("second", makeKey(), 0x0201),
  third: makeSigningKey("third", makeKey("P-384"), 0x0202),
  postQuantum: makeSigningKey("post-quantum", generateKeyPairSync("ml-dsa-65"), 0x0501),
};

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};
export const join = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);
/** A field with its length before it. */
export const field = (...parts: readonly Uint8Array[]): Buffer => {
  const bytes = join(...parts);
  return join(u32(bytes.length), bytes);
};

export function signBytes(key: SigningKey, algorithm: number, data: Uint8Array): Buffer {
  const { privateKey } = key;
  const hash = [0x0102, 0x0104, 0x0202].includes(algorithm) ? "sha512" : "sha256";
  if (algorithm === 0x0501) return sign(null, data, privateKey);
  if (algorithm > 0x0102) return sign(hash, data, privateKey);
  const saltLength = hash === "sha256" ? 32 : 64;
  return sign(hash, data, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
}

/** What a test makes a signer otherwise than it should be. */
export interface MadeSigner {
  readonly key: SigningKey;
  readonly algorithms?: readonly number[];
  /** API levels of a v3 signer. */
  readonly levels?: readonly [number, number];
  readonly signedLevels?: readonly [number, number];
  readonly attributes?: readonly (readonly [number, Uint8Array])[];
  readonly digestAlgorithms?: readonly number[];
  readonly digest?: Uint8Array;
  readonly certificates?: readonly Uint8Array[];
  readonly publicKey?: Uint8Array;
  readonly breakSignature?: boolean;
  readonly signWith?: SigningKey;
}

export interface MadeApk {
  readonly entries?: readonly MadeEntry[];
  /** Identifier of a block, and its signers, or its bytes. */
  readonly blocks?: readonly (readonly [number, readonly MadeSigner[] | Uint8Array])[];
  /** The signing block begins at a page and takes whole pages. */
  readonly aligned?: boolean;
  /** After the blocks within the signing block. */
  readonly tail?: Uint8Array;
}

/** Writes an APK with a signing block. */
export function makeApk({
  entries = [{ name: "a", content: "b" }],
  blocks = [],
  aligned = false,
  tail,
}: MadeApk): Buffer {
  const bare = writeZip(entries);
  const hole = aligned ? (4096 - (directoryOffsetOf(bare) % 4096)) % 4096 : 0;
  const unsigned = writeZip(entries, { beforeDirectory: Buffer.alloc(hole) });
  const pairs = blocks.map(([id, block]) =>
    pair(id, block instanceof Uint8Array ? block : signersBlock(unsigned, block)),
  );
  const length = pairs.reduce((sum, bytes) => sum + bytes.length, tail?.length ?? 0) + 32;
  const padding = aligned ? pair(0x42726577, Buffer.alloc((8192 - ((length + 12) % 4096)) % 4096)) : Buffer.alloc(0);
  return insertBlock(unsigned, join(...pairs, padding, tail ?? Buffer.alloc(0)));
}

/** The archive with an APK Signing Block of these pairs before its central directory. */
export function insertBlock(unsigned: Buffer, pairs: Uint8Array, footerSize?: number): Buffer {
  const offset = directoryOffsetOf(unsigned);
  const size = u64(pairs.length + 24);
  const footer = footerSize === undefined ? size : u64(footerSize);
  const block = join(size, pairs, footer, Buffer.from("APK Sig Block 42"));
  const end = Buffer.from(unsigned.subarray(offset));
  end.writeUInt32LE(offset + block.length, end.length - 6);
  return join(unsigned.subarray(0, offset), block, end);
}

const u64 = (value: number): Buffer => join(u32(value), u32(0));
export const pair = (id: number, value: Uint8Array): Buffer => join(u64(value.length + 4), u32(id), value);
const directoryOffsetOf = (zip: Buffer): number => zip.readUInt32LE(zip.length - 6);

function signersBlock(unsigned: Buffer, signers: readonly MadeSigner[]): Buffer {
  return field(...signers.map((signer) => field(signerBytes(unsigned, signer))));
}

function signerBytes(unsigned: Buffer, made: MadeSigner): Buffer {
  const algorithms = made.algorithms ?? [made.key.algorithm];
  const digests = (made.digestAlgorithms ?? algorithms).map((id) =>
    field(u32(id), field(made.digest ?? contentDigest(unsigned, id))),
  );
  const levels = made.levels === undefined ? [] : made.levels.map(u32);
  const signedLevels = made.levels === undefined ? [] : (made.signedLevels ?? made.levels).map(u32);
  const certificates = (made.certificates ?? [made.key.certificate]).map((bytes) => field(bytes));
  const attributes = (made.attributes ?? []).map(([id, value]) => field(u32(id), value));
  const signedData = join(field(...digests), field(...certificates), ...signedLevels, field(...attributes));
  const signatures = algorithms.map((id) => {
    const known = (id & 0xff00) === (made.key.algorithm & 0xff00) || id > 0x0400 ? id : made.key.algorithm;
    const signature = signBytes(
      made.signWith ?? made.key,
      known,
      made.breakSignature === true ? Buffer.from("other") : signedData,
    );
    return field(u32(id), field(signature));
  });
  return join(field(signedData), ...levels, field(...signatures), field(made.publicKey ?? made.key.spki));
}

/** The content digest of an unsigned archive, by the signature algorithm that it is for. */
export function contentDigest(unsigned: Buffer, algorithm: number): Buffer {
  const offset = directoryOffsetOf(unsigned);
  const sections = [unsigned.subarray(0, offset), unsigned.subarray(offset, -22), unsigned.subarray(-22)];
  if (algorithm >= 0x0421 && algorithm <= 0x0425)
    return join(verityRoot(unsigned, Buffer.alloc(8)), u32(unsigned.length), u32(0));
  const hash = [0x0102, 0x0104, 0x0202, 0x0501].includes(algorithm) ? "sha512" : "sha256";
  const chunks = sections.flatMap((section) => {
    const found: Buffer[] = [];
    for (let at = 0; at < section.length; at += 1 << 20) found.push(section.subarray(at, at + (1 << 20)));
    return found;
  });
  const digests = chunks.map((chunk) =>
    createHash(hash)
      .update(join(Buffer.of(0xa5), u32(chunk.length), chunk))
      .digest(),
  );
  return createHash(hash)
    .update(join(Buffer.of(0x5a), u32(digests.length), ...digests))
    .digest();
}

/** The root of a hash tree, level after level, in memory. */
export function verityRoot(content: Uint8Array, salt: Uint8Array, levels: Buffer[] = []): Buffer {
  const digestOf = (page: Uint8Array) =>
    createHash("sha256")
      .update(salt)
      .update(join(page, Buffer.alloc(4096 - page.length)))
      .digest();
  const digests: Buffer[] = [];
  for (let at = 0; at < content.length; at += 4096) digests.push(digestOf(content.subarray(at, at + 4096)));
  const level = join(...digests);
  levels.unshift(join(level, Buffer.alloc((4096 - (level.length % 4096)) % 4096)));
  return level.length <= 4096 ? digestOf(level) : verityRoot(level, salt, levels);
}

export interface MadeNode {
  readonly key: SigningKey;
  readonly flags?: number;
  readonly algorithm?: number;
  readonly statedAlgorithm?: number;
  readonly breakSignature?: boolean;
}

/** A proof of rotation through these keys. */
export function makeLineage(nodes: readonly MadeNode[], version = 1): Buffer {
  const records = nodes.map(({ key, flags = 23, algorithm, statedAlgorithm, breakSignature = false }, index) => {
    const parent = nodes[index - 1];
    const parentAlgorithm = parent === undefined ? 0 : (parent.algorithm ?? parent.key.algorithm);
    const signedData = join(field(key.certificate), u32(statedAlgorithm ?? parentAlgorithm));
    const signed = breakSignature ? Buffer.from("other") : signedData;
    const signature = parent === undefined ? Buffer.alloc(0) : signBytes(parent.key, parentAlgorithm, signed);
    return field(field(signedData), u32(flags), u32(algorithm ?? key.algorithm), field(signature));
  });
  return join(u32(version), ...records);
}

export const attribute = {
  strippingProtection: 0xbeeff00d,
  proofOfRotation: 0x3ba06f8c,
  rotationMinSdk: 0x559f8b02,
  devRelease: 0xc2a6b3ba,
  hybridMinSdk: 0xbf940529,
  hybridMaxSdk: 0x9f06b79c,
};

export interface MadeV4 {
  readonly apk: Uint8Array;
  readonly apkDigest: Uint8Array;
  readonly key: SigningKey;
  readonly others?: readonly SigningKey[];
  readonly tree?: Uint8Array | null;
  readonly rootHash?: Uint8Array;
  readonly version?: number;
  readonly salt?: Uint8Array;
  readonly fileBytes?: number;
  readonly publicKey?: Uint8Array;
  readonly algorithm?: number;
}

/** A v4 signature file. */
export function makeV4(made: MadeV4): Buffer {
  const levels: Buffer[] = [];
  const root = verityRoot(made.apk, Buffer.alloc(0), levels);
  const hashing = join(u32(1), Buffer.of(12), field(made.salt ?? Buffer.alloc(0)), field(made.rootHash ?? root));
  const info = (key: SigningKey) => {
    const fields = join(field(made.apkDigest), field(key.certificate), field());
    const length = 12 + hashing.length + fields.length;
    const signedData = join(u32(length), u32(made.fileBytes ?? made.apk.length), u32(0), hashing, fields);
    const signature = signBytes(key, key.algorithm, signedData);
    return join(fields, field(made.publicKey ?? key.spki), u32(made.algorithm ?? key.algorithm), field(signature));
  };
  const others = (made.others ?? []).map((key) => join(u32(0x1b93ad61), field(info(key))));
  const tree = made.tree === undefined ? join(...levels) : made.tree;
  const parts = [u32(made.version ?? 2), field(hashing), field(info(made.key), ...others)];
  return join(...parts, ...(tree === null ? [] : [field(tree)]));
}

export interface MadeStamp {
  readonly key: SigningKey;
  /** Digests that it is signed over, by scheme: identifiers of their kinds, and values. */
  readonly schemes: readonly (readonly [number, readonly (readonly [number, Uint8Array])[]])[];
  readonly attributes?: readonly (readonly [number, Uint8Array])[];
  readonly breakAttributes?: boolean;
  readonly algorithm?: number;
  /** Every signature stands this often. */
  readonly times?: number;
}

/** The block of a source stamp. */
export function makeStamp({
  key,
  schemes,
  attributes,
  breakAttributes = false,
  algorithm,
  times = 1,
}: MadeStamp): Buffer {
  const signatures = (data: Uint8Array) =>
    field(...repeated(field(u32(algorithm ?? key.algorithm), field(signBytes(key, key.algorithm, data)))));
  const repeated = (record: Buffer) => Array.from({ length: times }, () => record);
  const signed = schemes.map(([scheme, digests]) => {
    const data = join(...digests.map(([kind, value]) => field(u32(kind), field(value))));
    return field(u32(scheme), signatures(data));
  });
  const parts = [field(key.certificate), field(...signed)];
  if (attributes !== undefined) {
    const data = field(...attributes.map(([id, value]) => field(u32(id), value)));
    parts.push(field(data), signatures(breakAttributes ? Buffer.from("other") : data));
  }
  return field(...parts);
}
