import { createHash } from "node:crypto";
import { bytesEqual } from "@countersign/asn1";
import { parseRawCertificate, type RawCertificate } from "../certificate/raw-certificate.ts";
import type { PackageProblem, Read } from "../problem.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { type ByteCursor, createCursor } from "./byte-cursor.ts";
import { problem } from "./scheme.ts";
import { digestStrength, signatureAlgorithm, verifySignature } from "./signature-algorithm.ts";
import type { ApkSigner } from "./signer.ts";
import { type VerityTree, verityLevelBytes } from "./verity-tree.ts";

/** A `.idsig` file whose signatures hold; whether its tree is the file's is not yet known. */
export interface V4Signature {
  /** The first belongs to the v2 or v3 signer, a second to the v3.1 signer. */
  readonly signers: readonly V4Signer[];
  readonly rootHash: Uint8Array;
  /** Where the tree stands in the file; null where there is none. */
  readonly treeOffset: number | null;
}

export interface V4Signer {
  readonly certificate: RawCertificate;
  readonly apkDigest: Uint8Array;
}

const version = 2;
const sha256 = 1;
const log2PageBytes = 12;
// Android's own limits are 8 KiB and less (frameworks/base, `V4Signature`).
const maximumHeadBytes = 64 * 1024;
const pieceBytes = 1024 * 1024;

/**
 * Reads a v4 signature file and verifies its signatures (APK Signature Scheme v4): over the APK's length, the root of its tree, the
 * digest that the signature in the APK has, and the certificate. Devices hash with SHA-256 over pages of 4096 bytes and no salt.
 */
export async function readV4Signature(source: ByteSource, apkBytes: number): Promise<Read<V4Signature>> {
  const head = new Uint8Array(await source.read(0, Math.min(source.size, maximumHeadBytes)));
  const cursor = createCursor(head);
  if (cursor.u32() !== version) return refuse("apk_v4_malformed", "the file is not of version 2");
  const hashing = cursor.prefixed();
  const signing = cursor.prefixed();
  if (hashing === null || signing === null) return refuse("apk_v4_malformed", "the file is cut off");
  const rest = head.length - cursor.left();
  const treeBytes = source.size > rest ? (cursor.u32() ?? -1) : null;
  if (treeBytes !== null && rest + 4 + treeBytes !== source.size)
    return refuse("apk_v4_malformed", "the hash tree does not end with the file");

  const hashed = createCursor(hashing);
  const algorithm = hashed.u32();
  const pages = hashed.u8();
  const salt = hashed.prefixed();
  const rootHash = hashed.prefixed();
  if (rootHash === null || algorithm !== sha256 || pages !== log2PageBytes || salt?.length !== 0)
    return refuse("apk_v4_malformed", "the hashing is not SHA-256 over 4096 bytes without salt");

  const signers: V4Signer[] = [];
  const infos = createCursor(signing);
  const first = readSigningInfo(infos, apkBytes, hashing);
  if (!first.ok) return first;
  signers.push(first.value);
  while (infos.left() > 0) {
    infos.u32();
    const block = infos.prefixed();
    const other = block === null ? null : readSigningInfo(createCursor(block), apkBytes, hashing);
    if (other === null || signers.length > 2) return refuse("apk_v4_malformed", "a further signer is cut off");
    if (!other.ok) return other;
    signers.push(other.value);
  }
  return { ok: true, value: { signers, rootHash, treeOffset: treeBytes === null ? null : rest + 4 } };
}

function readSigningInfo(cursor: ByteCursor, apkBytes: number, hashing: Uint8Array): Read<V4Signer> {
  const apkDigest = cursor.prefixed();
  const encoded = cursor.prefixed();
  const additional = cursor.prefixed();
  const publicKey = cursor.prefixed();
  const id = cursor.u32();
  const signature = cursor.prefixed();
  if (!apkDigest || !encoded || !additional || !publicKey || id === null || !signature)
    return refuse("apk_v4_malformed", "a signer is cut off");
  const algorithm = signatureAlgorithm(id);
  if (algorithm === undefined) return refuse("apk_no_signature", "the v4 signature is of an unknown algorithm");
  const verdict = verifySignature(
    algorithm,
    publicKey,
    signedData(apkBytes, hashing, [apkDigest, encoded, additional]),
    signature,
  );
  if (verdict === "unusable key") return refuse("apk_public_key", "the v4 key is not one of the algorithm");
  if (verdict === "bad") return refuse("apk_signature_invalid", "the v4 signature");
  const certificate = parseRawCertificate(encoded);
  if (certificate === null) return refuse("apk_certificate", "the v4 certificate cannot be read");
  if (!bytesEqual(certificate.spki, publicKey))
    return refuse("apk_public_key", "the v4 certificate has another public key");
  return { ok: true, value: { certificate, apkDigest } };
}

/** What a v4 signer signs; its hashing information stands in it as it stands in the file. */
function signedData(apkBytes: number, hashing: Uint8Array, fields: readonly Uint8Array[]): Uint8Array {
  const parts = fields.flatMap((field) => [number32(field.length), field]);
  const length = 12 + hashing.length + parts.reduce((sum, part) => sum + part.length, 0);
  const fileSize = Buffer.alloc(8);
  fileSize.writeBigUInt64LE(BigInt(apkBytes));
  return Buffer.concat([number32(length), fileSize, hashing, ...parts]);
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** The tree over the APK's bytes has the root that was signed, and is the one in the signature file where that has one. */
export async function checkV4Tree(
  source: ByteSource,
  { rootHash, treeOffset }: V4Signature,
  tree: VerityTree,
  apkBytes: number,
): Promise<PackageProblem | null> {
  const { root, levels } = tree.finish();
  if (!bytesEqual(root, rootHash)) return problem("apk_v4_tree", "the root is another");
  if (treeOffset === null) return null;
  // The file has the topmost level first.
  let at = treeOffset;
  for (const [index, bytes] of [...verityLevelBytes(apkBytes).entries()].toReversed()) {
    if (at + bytes > source.size) return problem("apk_v4_tree", "the tree is cut off");
    const digest = createHash("sha256");
    const end = at + bytes;
    for (; at < end; at += pieceBytes) digest.update(await source.read(at, Math.min(pieceBytes, end - at)));
    at = end;
    if (!bytesEqual(digest.digest(), levels[index] ?? new Uint8Array()))
      return problem("apk_v4_tree", `level ${index} of the tree differs`);
  }
  return at === source.size ? null : problem("apk_v4_tree", "the tree is longer than the file's");
}

/** A v4 signer is the signer in the APK, and vouches for the strongest digest that one signed. */
export function checkV4Signer(v4: V4Signer | undefined, signer: ApkSigner | undefined): PackageProblem | null {
  if (v4 === undefined || signer === undefined)
    return problem("apk_v4_mismatch", "there is not one v4 signer for each");
  if (!bytesEqual(v4.certificate.bytes, signer.certificates[0].bytes))
    return problem("apk_v4_mismatch", "the v4 signature is by another signer");
  const [best] = signer.digests.toSorted((one, other) => digestStrength[other.kind] - digestStrength[one.kind]);
  return best !== undefined && bytesEqual(best.value, v4.apkDigest)
    ? null
    : problem("apk_v4_mismatch", "the v4 signature is for other content");
}

function refuse(code: PackageProblem["code"], detail: string): Read<never> {
  return { ok: false, problem: problem(code, detail) };
}
