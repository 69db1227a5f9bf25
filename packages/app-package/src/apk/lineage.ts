import { bytesEqual, sha256, toHex } from "@countersign/asn1";
import { parseRawCertificate, type RawCertificate } from "../certificate/raw-certificate.ts";
import { createCursor } from "./byte-cursor.ts";
import { signatureAlgorithm, verifySignature } from "./signature-algorithm.ts";

/** Certificates of one app in the order in which each named the next (APK Signature Scheme v3, "Proof-of-rotation"). Never empty. */
export interface Lineage {
  readonly nodes: readonly LineageNode[];
}

export interface LineageNode {
  readonly certificate: RawCertificate;
  /** What the owner of a later key grants this one, as bits. */
  readonly flags: number;
  readonly parentAlgorithm: number;
  /** Algorithm by which this certificate signs the next. */
  readonly algorithm: number;
  readonly signature: Uint8Array;
}

const version = 1;
// No app comes near; each entry costs a signature to verify.
const maximumNodes = 32;

const capabilityBits = { installedData: 1, sharedUid: 2, permission: 4, rollback: 8, auth: 16 } as const;

/** Names of the capabilities that `flags` grants. */
export function capabilityNames(flags: number): readonly string[] {
  return Object.entries(capabilityBits).flatMap(([name, bit]) => ((flags & bit) === 0 ? [] : [name]));
}

/**
 * Verifies a proof of rotation: every certificate but the first is signed by the one before it, with the algorithm that both state, and
 * none stands twice. Null for every other, for an empty one, and for one of more than 32 certificates.
 */
export function verifyLineage(bytes: Uint8Array): Lineage | null {
  const cursor = createCursor(bytes);
  if (cursor.u32() !== version) return null;
  const nodes: LineageNode[] = [];
  const seen = new Set<string>();
  while (cursor.left() > 0) {
    const record = cursor.prefixed();
    const node = record && nodes.length < maximumNodes ? readNode(record, nodes.at(-1)) : null;
    if (node === null) return null;
    const identity = toHex(sha256(node.certificate.bytes));
    if (seen.has(identity)) return null;
    seen.add(identity);
    nodes.push(node);
  }
  return nodes.length === 0 ? null : { nodes };
}

function readNode(record: Uint8Array, parent: LineageNode | undefined): LineageNode | null {
  const cursor = createCursor(record);
  const signedData = cursor.prefixed();
  const flags = cursor.u32();
  const algorithm = cursor.u32();
  const signature = cursor.prefixed();
  if (signedData === null || flags === null || algorithm === null || signature === null) return null;
  if (parent !== undefined) {
    const known = signatureAlgorithm(parent.algorithm);
    if (!known || verifySignature(known, parent.certificate.spki, signedData, signature) !== "good") return null;
  }
  const signed = createCursor(signedData);
  const encoded = signed.prefixed();
  const parentAlgorithm = signed.u32();
  const certificate = encoded && parseRawCertificate(encoded);
  if (certificate === null || parentAlgorithm === null) return null;
  if (parent !== undefined && parent.algorithm !== parentAlgorithm) return null;
  return { certificate, flags, parentAlgorithm, algorithm, signature };
}

/** The longest of several lineages where every other is the beginning of it, capabilities included; null where one is not. */
export function consolidateLineages(lineages: readonly Lineage[]): Lineage | null {
  const [longest] = lineages.toSorted((one, other) => other.nodes.length - one.nodes.length);
  if (longest === undefined) return null;
  const fits = lineages.every(({ nodes }) => nodes.every((node, index) => sameNode(node, longest.nodes[index])));
  return fits ? longest : null;
}

function sameNode(one: LineageNode, other: LineageNode | undefined): boolean {
  return (
    other !== undefined &&
    bytesEqual(one.certificate.bytes, other.certificate.bytes) &&
    one.flags === other.flags &&
    one.parentAlgorithm === other.parentAlgorithm &&
    one.algorithm === other.algorithm &&
    bytesEqual(one.signature, other.signature)
  );
}
